/** The numeric backends, the preferred first, and their npm packages. */

/** `auto` takes the first that starts. This is the only place that has their order. */
const preferred = ['tensorflow-gpu', 'webgpu', 'tensorflow', 'onnx', 'wasm', 'cpu'] as const;

/** Used only if the user names them. */
const byName = ['onnx-gpu'] as const;

export const backendNames = [...preferred, ...byName] as const;

export type BackendName = (typeof backendNames)[number];

export function isBackendName(text: string): text is BackendName {
  return (backendNames as readonly string[]).includes(text);
}

export function isByName(name: BackendName): boolean {
  return (byName as readonly string[]).includes(name);
}

/** Whether it computes with ONNX Runtime. */
export function isOnnx(name: BackendName): name is 'onnx' | 'onnx-gpu' {
  return name === 'onnx' || name === 'onnx-gpu';
}

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
  'onnx-gpu': 'onnxruntime-node',
};
