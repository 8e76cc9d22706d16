/** What a stage that computes on the backend needs of the machine. */
import type { Resources } from '../../runner/graph/stage-type.ts';

const GPU_BACKENDS: readonly string[] = ['tensorflow-gpu', 'webgpu'];

export function backendResources(facts: Readonly<Record<string, string>>): Resources {
  const name = (facts.backend ?? '').split(' ')[0]!;
  return GPU_BACKENDS.includes(name) ? { cpu: 1, gpu: 1 } : { cpu: 1 };
}
