/** A decision for each stage. Computing it runs nothing. */
import type { Pipeline, StageId } from '../graph/pipeline.ts';
import { type Decision, decide, type Outputs, type PlanContext } from './decide.ts';

export interface Plan {
  readonly pipeline: Pipeline;
  readonly decisions: ReadonlyMap<StageId, Decision>;
  readonly counts: PlanCounts;
}

/** `pending` stages may turn out to be hits. `run` and `hit` are certain. */
export interface PlanCounts {
  readonly run: number;
  readonly pending: number;
  readonly hit: number;
}

export function makePlan(
  pipeline: Pipeline,
  planContext: PlanContext,
  forced: ReadonlySet<StageId>,
): Plan {
  const decisions = new Map<StageId, Decision>();
  const outputs = new Map<StageId, Outputs>();
  const counts = { run: 0, pending: 0, hit: 0 };
  for (const stage of pipeline.stages) {
    const decision = decide(stage, (id) => outputs.get(id), planContext, forced.has(stage.id));
    decisions.set(stage.id, decision);
    counts[decision.kind]++;
    if (decision.kind === 'hit') outputs.set(stage.id, decision.outputs);
  }
  return { pipeline, decisions, counts };
}
