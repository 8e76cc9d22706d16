/** Which results of a remote cache a run copies into the local store. */
import type { Pipeline, Stage } from '../graph/pipeline.ts';
import { sinksOf } from '../graph/sinks.ts';

/**
 * The inputs of stages that run are always copied. Besides them:
 *
 * - `all`: all results of the run
 * - `needed`: those of the last stages
 * - `none`: nothing
 */
export type Fetching = 'all' | 'needed' | 'none';

export const FETCHING: readonly Fetching[] = ['all', 'needed', 'none'];

/** Whether a result is copied although no stage that runs reads it. */
export function wantedBy(fetching: Fetching, pipeline: Pipeline): (stage: Stage) => boolean {
  if (fetching === 'all') return () => true;
  const ends = new Set(fetching === 'needed' ? sinksOf(pipeline) : []);
  return ({ name }) => ends.has(name);
}
