/**
 * The stages that jobs still build, or will build, after the run that sent them has ended. For processes
 * that only watch: they know what starts and ends from the reports of the nodes, so Slurm is asked
 * rarely, and only about jobs that wait or were cancelled.
 */
import { isSystemError, unlessRefused } from '../../../base/system-error.ts';
import type { StageId } from '../../graph/pipeline.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import type { Layout } from '../../store/layout.ts';
import { activeHolder } from '../../store/liveness.ts';
import { jobEnvironment } from './environment.ts';
import { runsWithOrders, submissionsOf } from './order-files.ts';
import { submissionOut } from './orders-out.ts';
import type { Queue } from './queue.ts';
import { type Slurm, SlurmCommands } from './slurm.ts';

const EVERY_MS = 30_000;

export class LeftJobs {
  private readonly layout: Layout;
  private readonly slurm: Pick<Slurm, 'queue'>;
  /** By run, as of the last answer. */
  private readonly stages = new Map<string, ReadonlySet<StageId>>();
  private readonly askedAt = new Map<string, number>();
  private asking: Promise<void> = Promise.resolve();

  constructor(
    layout: Layout,
    environment: Readonly<Record<string, string | undefined>>,
    slurm: Pick<Slurm, 'queue'> = new SlurmCommands({
      environment: jobEnvironment(environment, []),
      // The page is shown without the answer, so a slow answer needs no warning.
      warn: () => undefined,
    }),
  ) {
    this.layout = layout;
    this.slurm = slurm;
  }

  /** Runs that may have such jobs. */
  runs(): readonly string[] {
    return runsWithOrders(this.layout);
  }

  /** Undefined while it is not known, which is so at first. `now`: in milliseconds. */
  of(run: string, now: number): ReadonlySet<StageId> | undefined {
    if (submissionsOf(this.layout, run).length === 0) return NONE;
    if (now - (this.askedAt.get(run) ?? Number.NEGATIVE_INFINITY) >= EVERY_MS) {
      this.askedAt.set(run, now);
      this.asking = this.asking.then(() => this.ask(run));
    }
    return this.stages.get(run);
  }

  private async ask(run: string): Promise<void> {
    const answer = await this.slurm.queue();
    // The last answer counts until there is another one. Without Slurm, only the locks are known.
    if (!answer.ok && answer.error !== 'absent') return;
    const queue: Queue = answer.ok ? answer.value : new Map();
    try {
      this.stages.set(run, this.stagesIn(run, queue));
    } catch (problem) {
      // Tried again the next time.
      if (!isSystemError(problem)) throw problem;
    }
  }

  private stagesIn(run: string, queue: Queue): ReadonlySet<StageId> {
    const isHeld = (key: StageKey): boolean =>
      unlessRefused(() => activeHolder(this.layout.lock(key)) !== undefined) ?? true;
    const orders = submissionsOf(this.layout, run).flatMap((stored) =>
      submissionOut(stored, queue, isHeld).bundles.flatMap(({ open }) => open),
    );
    return new Set(orders.map(([, { stage }]) => stage.id));
  }
}

const NONE: ReadonlySet<StageId> = new Set();
