/** The execution provider of ONNX Runtime with which a backend computes. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bindingOf } from './locate.ts';

export type Provider = 'cpu' | 'cuda' | 'webgpu';

/** CUDA if its library was added to the package, because it is the faster one. WebGPU is part of the package. */
export function providerOf(name: 'onnx' | 'onnx-gpu', directory: string): Provider {
  if (name === 'onnx') return 'cpu';
  const binding = bindingOf(name, directory);
  const cuda = binding && join(dirname(binding), 'libonnxruntime_providers_cuda.so');
  return cuda && existsSync(cuda) ? 'cuda' : 'webgpu';
}
