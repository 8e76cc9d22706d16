/** Describes the process of a stage for prewarming, while the stage still waits for inputs. */
import type { Stage } from '../graph/pipeline.ts';
import { factsFor, type PlanContext } from './decide.ts';
import type { Prewarm } from './executor.ts';
import { resourcesOf } from './resource-pool.ts';

/**
 * `cores` is the number of cores that the stage will find free. Undefined if the scheduler decides
 * at the start of the stage what it gets: a GPU, or the cores that its declaration asks for.
 */
export function prewarmOf(
  stage: Stage,
  facts: PlanContext['facts'],
  cores: number,
): Prewarm | undefined {
  const { type, policy } = stage;
  if (policy.resources?.cpu !== undefined || resourcesOf(stage, facts).gpu) return undefined;
  const environment = factsFor(type, facts);
  return {
    type: type.name,
    facts: environment,
    cores: type.parallel ? cores : 1,
    ...(type.variables && { variables: type.variables(environment) }),
    ...(type.module && { module: type.module }),
  };
}
