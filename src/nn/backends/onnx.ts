/**
 * ONNX Runtime in this process. Its forms of whole computations are in `fast/onnx/`. All other operations run on tfjs's
 * wasm backend, which is registered in tfjs a second time as `onnx`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Provider } from './onnx-provider.ts';

/** The part of onnxruntime-node that is used, declared here because the package is optional. */
export interface OnnxEngine {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  readonly Tensor: new (
    type: 'float32',
    data: Float32Array,
    dims: readonly number[],
  ) => NativeTensor;
  /** Of each session. */
  readonly threads: number;
  readonly provider: Provider;
}

interface NativeTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

type NativeTensors = Readonly<Record<string, NativeTensor>>;

interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(
    feeds: NativeTensors,
    fetches: Readonly<Record<string, NativeTensor | null>>,
    options: object,
  ): NativeTensors;
  dispose(): void;
}

let engine: OnnxEngine | undefined;

/** Loads the library from the folder of its package, for sessions from now on. Throws what loading it throws. */
export function loadOnnx(directory: string, threads: number, provider: Provider): OnnxEngine {
  const require = createRequire(join(directory, 'package.json'));
  const { Tensor } = require('onnxruntime-common') as Pick<OnnxEngine, 'Tensor'>;
  const { binding, initOrt } = require(join(directory, 'dist', 'binding.js')) as Pick<
    OnnxEngine,
    'binding'
  > & { initOrt(): void };
  initOrt();
  engine = { binding, Tensor, threads, provider };
  return engine;
}

/** Continues with an engine that was loaded before. */
export function useOnnx(loaded: OnnxEngine): void {
  engine = loaded;
}

/** Makes tfjs's wasm backend, which must be started, available as `onnx` too. */
export function registerOnnx(): void {
  if (tf.findBackendFactory('onnx')) return;
  const wasm = tf.findBackend('wasm');
  tf.copyRegisteredKernels('wasm', 'onnx');
  tf.registerBackend('onnx', () => wasm);
}

/** Throws if the backend was not started. */
export function onnxEngine(): OnnxEngine {
  if (!engine) throw new Error('ONNX Runtime is not loaded');
  return engine;
}
