/** Reports why jobs wait for long. */
import type { Supervisor } from '../workplace.ts';
import { type Job, type OutNodes, unusualReason } from './queue.ts';
import type { Slurm } from './slurm.ts';
import type { Task } from './task.ts';

/** Slurm does not name the nodes in each of these reasons, and never says what is wrong with them. */
const FOR_NODES = /UnavailableNodes|NodeDown|\bDOWN\b/;

/** A large cluster always has some broken nodes. */
const MOST_NAMED = 3;

interface Unnamed {
  readonly why: string;
  readonly job: Job;
  readonly supervisor: Supervisor;
}

export class WaitReasons {
  private readonly slurm: Slurm;
  private readonly shown = new Set<string>();
  private readonly named = new Set<string>();
  /** The first one in this answer of Slurm whose nodes are not named yet. */
  private unnamed: Unnamed | undefined;

  constructor(slurm: Slurm) {
    this.slurm = slurm;
  }

  /** Once per submission and reason, because all its jobs have the same one. */
  show({ stored, current }: Task, job: Job): void {
    const reason = unusualReason(job);
    if (reason === undefined || !current) return;
    const [, { order, supervisor }] = current;
    const why = `${stored.token} ${reason}`;
    if (this.isNew(why)) {
      const stage = order.stage.id;
      supervisor.report({ type: 'stage-waiting', stage, for: `Slurm: ${reason}` });
    }
    if (FOR_NODES.test(reason) && !this.named.has(why)) this.unnamed ??= { why, job, supervisor };
  }

  /** After the jobs of an answer were shown. A node that has just failed has no reason yet. */
  async nameNodes(isClosed: () => boolean): Promise<void> {
    const { unnamed } = this;
    this.unnamed = undefined;
    if (!unnamed) return;
    const { why, job, supervisor } = unnamed;
    const message = describeOut(await this.slurm.nodesOut(job.id));
    if (message === undefined || isClosed()) return;
    this.named.add(why);
    if (this.isNew(message)) supervisor.report({ type: 'warning', message });
  }

  private isNew(text: string): boolean {
    const before = this.shown.size;
    return this.shown.add(text).size > before;
  }
}

function describeOut(out: readonly OutNodes[]): string | undefined {
  if (out.length === 0) return undefined;
  const named = out.slice(0, MOST_NAMED).map(({ nodes, reason }) => `${nodes} (${reason})`);
  const more = out.length > MOST_NAMED ? ' and others' : '';
  return `jobs wait because Slurm does not use ${named.join(', ')}${more}; if this lasts, ask the administrator to resume these nodes`;
}
