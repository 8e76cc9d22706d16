/** Reports why jobs wait for long. */
import { type Job, type OutNodes, unusualReason } from './queue.ts';
import type { Slurm } from './slurm.ts';
import type { Task } from './task.ts';

/** Slurm does not name the nodes in each of these reasons, and never says what is wrong with them. */
const FOR_NODES = /UnavailableNodes|NodeDown|\bDOWN\b/;

/** A large cluster always has some broken nodes. */
const MOST_NAMED = 3;

export class WaitReasons {
  private readonly slurm: Slurm;
  private readonly shown = new Set<string>();

  constructor(slurm: Slurm) {
    this.slurm = slurm;
  }

  /** Once per submission and reason, because all its jobs have the same one. */
  async show(task: Task, job: Job): Promise<void> {
    const reason = unusualReason(job);
    const ticket = task.current?.[1];
    if (reason === undefined || !ticket || !this.isNew(`${task.stored.token} ${reason}`)) return;
    const { order, supervisor } = ticket;
    supervisor.report({ type: 'stage-waiting', stage: order.stage.id, for: `Slurm: ${reason}` });
    if (!FOR_NODES.test(reason)) return;
    const message = describeOut(await this.slurm.nodesOut(job.id));
    if (message !== undefined && this.isNew(message)) {
      supervisor.report({ type: 'warning', message });
    }
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
