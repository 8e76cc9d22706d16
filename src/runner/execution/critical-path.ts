/** The critical path from each stage: how long the longest chain from it to the end takes, by past durations. */
import { dependenciesOf, type Pipeline, type StageId } from '../graph/pipeline.ts';
import type { PlanContext } from './decide.ts';

/** Assumed for a stage that never ran, if no other instance of it ran either. */
const UNKNOWN_SECONDS = 1;

export function criticalPaths(
  pipeline: Pipeline,
  planContext: PlanContext,
): ReadonlyMap<StageId, number> {
  const seconds = pastSeconds(pipeline, planContext);
  const paths = new Map<StageId, number>();
  for (const stage of [...pipeline.stages].reverse()) {
    // The stages that depend on it were visited before, and have set the longest path after it.
    const own = (paths.get(stage.id) ?? 0) + (seconds.get(stage.id) ?? UNKNOWN_SECONDS);
    paths.set(stage.id, own);
    for (const id of dependenciesOf(stage)) paths.set(id, Math.max(paths.get(id) ?? 0, own));
  }
  return paths;
}

/**
 * By stage. For a stage that never ran, the duration of another instance is used if there is one.
 */
export function pastSeconds(
  { stages }: Pipeline,
  { latest }: Pick<PlanContext, 'latest'>,
): ReadonlyMap<StageId, number> {
  const seconds = new Map<StageId, number>();
  const byName = new Map<string, number>();
  for (const { id, name } of stages) {
    const past = latest.earlier(id)?.seconds;
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
