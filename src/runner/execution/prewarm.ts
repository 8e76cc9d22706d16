/** What a stage's process can be made ready for while the stage still waits for its inputs. */
import type { Stage } from '../graph/pipeline.ts';
import { factsFor, type PlanContext } from './decide.ts';
import type { Prewarm } from './executor.ts';
import { resourcesOf } from './resource-pool.ts';

/**
 * `cores` are those that it will find free. Undefined where what it is given is known only when it starts: a GPU, or as
 * many cores as its declaration names.
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
