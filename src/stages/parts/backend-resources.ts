/** What a stage that computes on the backend needs of the machine. */
import type { Resources } from '../../runner/graph/stage-type.ts';

/** WebGPU asks for none: its GPUs are not those that CUDA counts, and its driver shares them out. */
export function backendResources(facts: Readonly<Record<string, string>>): Resources {
  const name = (facts.backend ?? '').split(' ')[0]!;
  return name === 'tensorflow-gpu' ? { cpu: 1, gpu: 1 } : { cpu: 1 };
}
