/** How long the longest chain from each stage to the end takes, by past durations. */
import { dependenciesOf, type Pipeline, type StageId } from '../graph/pipeline.ts';
import type { Knowledge } from './decide.ts';

/** Seconds assumed of a stage that never ran, where no instance of its name ran either. */
const UNKNOWN_SECONDS = 1;

export function urgencies(pipeline: Pipeline, knowledge: Knowledge): ReadonlyMap<StageId, number> {
  const seconds = pastSeconds(pipeline, knowledge);
  const urgency = new Map<StageId, number>();
  for (const stage of [...pipeline.stages].reverse()) {
    // Dependants were seen first, and each has put its own chain here.
    const own = (urgency.get(stage.id) ?? 0) + (seconds.get(stage.id) ?? UNKNOWN_SECONDS);
    urgency.set(stage.id, own);
    for (const id of dependenciesOf(stage)) urgency.set(id, Math.max(urgency.get(id) ?? 0, own));
  }
  return urgency;
}

function pastSeconds(pipeline: Pipeline, { latest, actions }: Knowledge): Map<StageId, number> {
  const seconds = new Map<StageId, number>();
  const byName = new Map<string, number>();
  for (const stage of pipeline.stages) {
    const entry = latest.get(stage.id);
    const past = entry && actions.get(entry.key)?.seconds;
    if (past !== undefined) {
      seconds.set(stage.id, past);
      byName.set(stage.name, past);
    }
  }
  for (const stage of pipeline.stages) {
    const like = byName.get(stage.name);
    if (!seconds.has(stage.id) && like !== undefined) seconds.set(stage.id, like);
  }
  return seconds;
}
