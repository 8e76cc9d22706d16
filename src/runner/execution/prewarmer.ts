/** While a single stage runs: prewarms the process of the next one on a core that would be idle. */
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';
import { prewarmOf } from './prewarm.ts';
import type { Workplace } from './workplace.ts';

export class Prewarmer {
  private readonly pipeline: Pipeline;
  private readonly workplace: Workplace;
  private readonly facts: Readonly<Record<string, string>>;
  private readonly criticalPaths: ReadonlyMap<StageId, number>;
  /** The latest stage during which something was prewarmed. */
  private during: StageId | undefined;

  constructor(
    pipeline: Pipeline,
    workplace: Workplace,
    facts: Readonly<Record<string, string>>,
    criticalPaths: ReadonlyMap<StageId, number>,
  ) {
    this.pipeline = pipeline;
    this.workplace = workplace;
    this.facts = facts;
    this.criticalPaths = criticalPaths;
  }

  /**
   * `underWay` are the stages that run or are scheduled. `unblockedBy` are the stages that wait
   * only for this one.
   */
  next(underWay: ReadonlySet<StageId>, unblockedBy: (id: StageId) => readonly Stage[]): void {
    const [only, ...others] = underWay;
    if (only === undefined || others.length > 0 || only === this.during) return;
    const cpu = this.workplace.capacities?.cpu ?? 1;
    if (cpu < 2 || this.pipeline.byId.get(only)!.type.parallel) return;
    this.during = only;
    const pathOf = ({ id }: Stage): number => this.criticalPaths.get(id) ?? 0;
    const next = [...unblockedBy(only)].sort((a, b) => pathOf(b) - pathOf(a));
    if (next.length === 0) return;
    const cores = Math.max(1, cpu - next.length + 1);
    const prewarm = prewarmOf(next[0]!, this.facts, cores);
    if (prewarm) this.workplace.prepare?.(prewarm);
  }
}
