import { expect, it } from 'vitest';
import { backendResources } from '../../../../src/stages/shared/backend/backend-resources.ts';

it.each([
  ['tensorflow-gpu 2.21.0 on gpu, binding 4.22.0', 1],
  ['onnx-gpu 1.30.0 on cuda', 1],
  ['onnx-gpu 1.30.0 on webgpu', undefined],
  ['onnx 1.30.0', undefined],
  ['webgpu 4.22.0 on a GPU, Dawn 1', undefined],
])('a stage on %s gets a GPU if CUDA counts it', (backend, gpu) => {
  expect(backendResources({ backend }).gpu).toBe(gpu);
});
