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
  readonly Tensor: TensorClass;
  /** Of each session. */
  readonly threads: number;
  readonly provider: Provider;
}

type TensorClass = new (
  type: 'float32',
  data: Float32Array,
  dims: readonly number[],
) => NativeTensor;

interface NativeTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

type NativeTensors = Readonly<Record<string, NativeTensor>>;

export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(feeds: NativeTensors, fetches: NativeTensors, options: object): NativeTensors;
  dispose(): void;
}

let engine: OnnxEngine | undefined;

/** Loads the library from the folder of its package, for sessions from now on. Throws what loading it throws. */
export function loadOnnx(directory: string, threads: number, provider: Provider): OnnxEngine {
  const require = createRequire(join(directory, 'package.json'));
  const { Tensor } = require('onnxruntime-common') as Pick<OnnxEngine, 'Tensor'>;
  const { binding, initOrt } = require(join(directory, 'dist', 'binding.js')) as {
    readonly binding: Binding;
    initOrt(): void;
  };
  const { initOrtOnce } = binding;
  binding.initOrtOnce = (logLevel, returned, ...rest) =>
    initOrtOnce(logLevel, returnedTensor(returned), ...rest);
  try {
    initOrt();
  } finally {
    binding.initOrtOnce = initOrtOnce;
  }
  engine = { binding, Tensor, threads: Math.min(threads, MOST_THREADS), provider };
  return engine;
}

/** The most threads of a session. Products need some rows for each of them (`fast/onnx/graph-product.ts`). */
export const MOST_THREADS = 16;

/** Continues with an engine that was loaded before. */
export function useOnnx(loaded: OnnxEngine): void {
  engine = loaded;
}

/** `initOrt` calls `initOrtOnce` in the first call in a process. `returned`: the class of the tensors of outputs. */
interface Binding {
  readonly InferenceSession: new () => NativeSession;
  initOrtOnce(logLevel: number, returned: TensorClass, ...rest: readonly unknown[]): void;
}

/**
 * Runs a session that writes all outputs into tensors of `fetches`.
 *
 * The binding would then return a copy of each output, which for the gradients of a large network takes as long as the
 * computation. It makes each copy an instance of a class that it is given, after the run and output by output. So that
 * class throws, and only the first output of the graph is copied.
 */
export function runInPlace(
  session: NativeSession,
  feeds: NativeTensors,
  fetches: NativeTensors,
): void {
  inPlace = true;
  try {
    session.run(feeds, fetches, {});
  } catch (problem) {
    if (problem !== notWanted) throw problem;
  } finally {
    inPlace = false;
  }
}

let inPlace = false;
const notWanted = new Error('the outputs of this run are not returned');

function returnedTensor(Tensor: TensorClass): TensorClass {
  return class extends Tensor {
    constructor(type: 'float32', data: Float32Array, dims: readonly number[]) {
      if (inPlace) throw notWanted;
      super(type, data, dims);
    }
  };
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
