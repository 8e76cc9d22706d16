/** The resources of the machine that a stage on a backend needs. */
import type { Resources } from '../../../runner/index.ts';

/** WebGPU requests no GPU: its GPUs are not the ones that CUDA counts, and its driver shares them. */
export function backendResources(facts: Readonly<Record<string, string>>): Resources {
  const usesCuda = /^(?:tensorflow-gpu |onnx-gpu \S+ on cuda$)/.test(facts.backend ?? '');
  return usesCuda ? { cpu: 1, gpu: 1 } : { cpu: 1 };
}

/** The fact is the name and the version, such as `wasm 4.22.0`. */
export function backendNameIn({ backend = '' }: Readonly<Record<string, string>>): string {
  return backend.split(' ')[0]!;
}
