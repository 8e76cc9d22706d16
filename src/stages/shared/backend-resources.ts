/** What a stage that computes on the backend needs of the machine. */
import type { Resources } from '../../runner/index.ts';

/** WebGPU asks for none: its GPUs are not those that CUDA counts, and its driver shares them out. */
export function backendResources(facts: Readonly<Record<string, string>>): Resources {
  return backendNameIn(facts) === 'tensorflow-gpu' ? { cpu: 1, gpu: 1 } : { cpu: 1 };
}

/** The fact begins with it. */
export function backendNameIn({ backend = '' }: Readonly<Record<string, string>>): string {
  return backend.split(' ')[0]!;
}
