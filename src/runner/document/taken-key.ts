/** Keys that a configuration shares with the pipeline, such as `backend`. All its other keys are variables. */
import { type Located, nodeAt } from './located.ts';

/** Takes the key out of a configuration. It is a variable instead if the pipeline declares such a variable. */
export function takeKey(
  key: string,
  config: Located,
  variables: Located,
): { readonly taken: Located | undefined; readonly rest: Located } {
  if (config.kind !== 'map' || nodeAt(variables, [key])) return { taken: undefined, rest: config };
  const entries = new Map(config.entries);
  entries.delete(key);
  return { taken: nodeAt(config, [key]), rest: { ...config, entries } };
}
