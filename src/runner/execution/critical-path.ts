/** How long the longest chain from each stage to the end takes, by past durations. */
import { dependenciesOf, type Pipeline, type StageId } from '../graph/pipeline.ts';
import type { PlanContext } from './decide.ts';

/** Seconds assumed of a stage that never ran, where no instance of its name ran either. */
const UNKNOWN_SECONDS = 1;

export function criticalPaths(
  pipeline: Pipeline,
  planContext: PlanContext,
): ReadonlyMap<StageId, number> {
  const seconds = pastSeconds(pipeline, planContext);
  const urgency = new Map<StageId, number>();
  for (const stage of [...pipeline.stages].reverse()) {
    // Dependants were seen first, and each has put its own chain here.
    const own = (urgency.get(stage.id) ?? 0) + (seconds.get(stage.id) ?? UNKNOWN_SECONDS);
    urgency.set(stage.id, own);
    for (const id of dependenciesOf(stage)) urgency.set(id, Math.max(urgency.get(id) ?? 0, own));
  }
  return urgency;
}

/** By stage; of one that never ran, what others of its name took, where any did. */
export function pastSeconds(
  { stages }: Pipeline,
  { latest }: Pick<PlanContext, 'latest'>,
): ReadonlyMap<StageId, number> {
  const seconds = new Map<StageId, number>();
  const byName = new Map<string, number>();
  for (const { id, name } of stages) {
    const past = latest.get(id)?.seconds;
    if (past === undefined) continue;
    seconds.set(id, past);
    byName.set(name, past);
  }
  for (const { id, name } of stages) {
    const like = byName.get(name);
    if (!seconds.has(id) && like !== undefined) seconds.set(id, like);
  }
  return seconds;
}
