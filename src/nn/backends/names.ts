/** The numeric backends, the preferred first, and their npm packages. */
export const backendNames = [
  'tensorflow-gpu',
  'webgpu',
  'tensorflow',
  'onnx',
  'wasm',
  'cpu',
] as const;

export type BackendName = (typeof backendNames)[number];

export function packageOf(name: BackendName): string {
  return packages[name];
}

const packages: Readonly<Record<BackendName, string>> = {
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
  webgpu: '@tensorflow/tfjs-backend-webgpu',
  tensorflow: '@tensorflow/tfjs-node',
  onnx: 'onnxruntime-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs-backend-cpu',
};
