/** A decision for each stage. Computing it runs nothing. */
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';
import { type Decision, decideAll, type Outputs, type PlanContext } from './decide.ts';

export interface Plan {
  readonly pipeline: Pipeline;
  readonly decisions: ReadonlyMap<StageId, Decision>;
  readonly counts: PlanCounts;
  /**
   * Whether a planned hit is known to be complete and shown under `latest/`. Without it, the run
   * checks that.
   */
  readonly isShown?: (id: StageId) => boolean;
  /** All stages are hits for which `isShown` was just true. */
  readonly isDone?: boolean;
}

/** `pending` stages may turn out to be hits; `run` and `hit` are certain. */
export interface PlanCounts {
  readonly run: number;
  readonly pending: number;
  readonly hit: number;
}

/** The cache is asked once per wave: for all stages whose dependencies are decided. */
export async function makePlan(
  pipeline: Pipeline,
  planContext: PlanContext,
  forced: ReadonlySet<StageId>,
): Promise<Plan> {
  // In the pipeline's order, which is not that of the waves.
  const decisions = new Map<StageId, Decision>();
  for (const { id } of pipeline.stages) decisions.set(id, UNDECIDED);
  const known = (id: StageId): Outputs | undefined => {
    const decision = decisions.get(id);
    return decision?.kind === 'hit' ? decision.outputs : undefined;
  };
  const counts = { run: 0, pending: 0, hit: 0 };
  for (const wave of wavesOf(pipeline.stages)) {
    for (const [id, decision] of await decideAll(wave, known, planContext, forced)) {
      decisions.set(id, decision);
      counts[decision.kind]++;
    }
  }
  return { pipeline, decisions, counts };
}

const UNDECIDED: Decision = { kind: 'pending', on: [] };

/** Stages by the length of the longest chain of dependencies below them. `stages` has dependencies first. */
export function wavesOf(stages: readonly Stage[]): readonly (readonly Stage[])[] {
  const depths = new Map<StageId, number>();
  const waves: Stage[][] = [];
  for (const stage of stages) {
    let depth = 0;
    for (const references of stage.inputs.values()) {
      for (const { stage: id } of references) depth = Math.max(depth, (depths.get(id) ?? -1) + 1);
    }
    depths.set(stage.id, depth);
    (waves[depth] ??= []).push(stage);
  }
  return waves;
}
