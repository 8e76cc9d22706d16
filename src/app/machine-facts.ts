/** Facts of this machine besides the backend, for the stage types that declare them. */
import { availableParallelism, cpus } from 'node:os';
import { runtimeFact } from '../nn/runtime/fact.ts';
import type { ChosenFacts } from '../runner/index.ts';

/**
 * Adds the facts with these names. Finding them out takes a while, so the others are left out.
 *
 * @param folder in which `pipeline backend install` puts native libraries
 */
export function withMachineFacts(
  chosen: ChosenFacts,
  names: readonly string[],
  folder: string,
): ChosenFacts {
  const added = Object.entries(machineFacts).filter(([name]) => names.includes(name));
  if (added.length === 0) return chosen;
  const facts = added.map(([name, find]) => [name, find(folder)] as const);
  return { ...chosen, facts: { ...chosen.facts, ...Object.fromEntries(facts) } };
}

const machineFacts: Readonly<Record<string, (folder: string) => string>> = {
  processor: () => {
    const cores = availableParallelism();
    const model = cpus()[0]?.model.trim() || 'unknown processor';
    return `${model}, ${cores === 1 ? '1 core' : `${cores} cores`}`;
  },
  /** ONNX Runtime scores models of other programs and measures times, whatever the backend is. */
  runtime: runtimeFact,
};
