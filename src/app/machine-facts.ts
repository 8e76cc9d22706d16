/** Facts of this machine that times depend on, for the stage types that declare them. */
import { availableParallelism, cpus } from 'node:os';
import { locateBackend } from '../nn/backends/locate.ts';
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
  /** Its version, which may differ from that of the backend. */
  onnxruntime: (folder) => locateBackend('onnx', folder)?.version ?? 'absent',
};
