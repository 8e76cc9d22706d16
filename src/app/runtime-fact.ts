/**
 * The fact `runtime`: ONNX Runtime scores models of other programs, whatever the backend is. Only pipelines with such
 * models have the fact, so that a new version changes no key of other pipelines.
 */
import { runtimeFact } from '../nn/runtime/fact.ts';
import type { ChosenFacts, KnownFacts } from '../runner/index.ts';

/** The stage type that takes models of other programs. */
const TYPE = 'model';

/** @param folder in which `pipeline backend install` puts libraries */
export function withRuntime(
  chosen: ChosenFacts,
  { types, kept }: KnownFacts,
  folder: string,
): ChosenFacts {
  const scoresModels = types ? types.includes(TYPE) : kept?.runtime !== undefined;
  if (!scoresModels) return chosen;
  return { ...chosen, facts: { ...chosen.facts, runtime: runtimeFact(folder) } };
}
