/** Prepares the process of the next stage on a core that would be idle, while one stage runs by itself. */
import type { Frontier } from '../graph/frontier.ts';
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';
import type { AttemptContext } from './attempt-context.ts';
import { prewarmOf } from './prewarm.ts';

export class Prewarmer {
  private readonly pipeline: Pipeline;
  private readonly cpu: number;
  private readonly context: Pick<AttemptContext, 'executor' | 'planContext'>;
  private readonly urgency: ReadonlyMap<StageId, number>;
  /** The latest stage that something was prepared beside. */
  private beside: StageId | undefined;

  constructor(
    pipeline: Pipeline,
    cpu: number,
    context: Pick<AttemptContext, 'executor' | 'planContext'>,
    urgency: ReadonlyMap<StageId, number>,
  ) {
    this.pipeline = pipeline;
    this.cpu = cpu;
    this.context = context;
    this.urgency = urgency;
  }

  /** `underWay`: the stages that run or are scheduled. */
  next(underWay: ReadonlySet<StageId>, frontier: Frontier | undefined): void {
    const { executor, planContext } = this.context;
    const [only, ...others] = underWay;
    if (only === undefined || others.length > 0 || only === this.beside) return;
    if (this.cpu < 2 || this.pipeline.byId.get(only)!.type.parallel) return;
    this.beside = only;
    const urgency = ({ id }: Stage): number => this.urgency.get(id) ?? 0;
    const next = frontier?.unblockedBy(only).sort((a, b) => urgency(b) - urgency(a)) ?? [];
    if (next.length === 0) return;
    const cores = Math.max(1, this.cpu - next.length + 1);
    const prewarm = prewarmOf(next[0]!, planContext.facts, cores);
    if (prewarm) executor.prepare?.(prewarm);
  }
}
