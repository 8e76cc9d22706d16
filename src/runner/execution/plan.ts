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
  const decided = new Map<StageId, Decision>();
  const outputs = new Map<StageId, Outputs>();
  const counts = { run: 0, pending: 0, hit: 0 };
  for (const wave of wavesOf(pipeline.stages)) {
    const decisions = await decideAll(wave, (id) => outputs.get(id), planContext, forced);
    for (const [id, decision] of decisions) {
      decided.set(id, decision);
      counts[decision.kind]++;
      if (decision.kind === 'hit') outputs.set(id, decision.outputs);
    }
  }
  const decisions = new Map(pipeline.stages.map(({ id }) => [id, decided.get(id)!]));
  return { pipeline, decisions, counts };
}

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
