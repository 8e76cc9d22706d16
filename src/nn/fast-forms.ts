/**
 * The faster forms that some backends have for computations that this folder does in plain tfjs. Nothing else imports
 * `fast/`. The plain code looks up its form here by the name of the started backend, and does the computation itself
 * if there is no form, or if a form whose type allows it returns `undefined`.
 *
 * To remove `fast/`: delete the folder, its tests in `test/nn/fast/` and the imports below, and make each list empty
 * (`fastMask` undefined). `test/nn/plain.test.ts` runs other tests that way.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Products } from '../linalg/products.ts';
import { drawMask } from './fast/masks/draw-mask.ts';
import { onnxInference } from './fast/onnx/inference.ts';
import { onnxProducts } from './fast/onnx/products.ts';
import { onnxSteps } from './fast/onnx/steps.ts';
import { graphInference } from './fast/tensorflow/graph-inference.ts';
import { graphSteps } from './fast/tensorflow/graph-steps.ts';
import * as native from './fast/tensorflow/kernels.ts';
import { wasmAdam } from './fast/wasm/adam.ts';
import { wasmGradientOfInput } from './fast/wasm/convolution.ts';
import * as wasmKernels from './fast/wasm/kernels.ts';
import * as wasmProducts from './fast/wasm/products.ts';
import { startWasm } from './fast/wasm/start.ts';
import * as transposes from './fast/wasm/transpose.ts';
import type { InferenceForm } from './inference-form.ts';
import type { Shape4D, Window } from './kernels/window.ts';
import type { OptimizerForm } from './training/adam-state.ts';
import type { StepsForm } from './training/steps.ts';

/** By the name of the backend in tfjs. */
type Forms<F> = Readonly<Record<string, F>>;

/** Starts the backend in another way than tfjs does. */
export const fastStarts: Forms<(options: StartOptions) => Promise<void>> = { wasm: startWasm };

interface StartOptions {
  /** The folder of the package's .wasm files. */
  readonly folder: string;
  readonly threads: number;
  setThreadsCount(count: number): void;
  /** Starts it in the way of tfjs. */
  start(): Promise<void>;
}

/** Arguments and results are the same as for the functions of `kernels/` that look these up. */
export const fastTransposed: Forms<(x: tf.Tensor2D) => tf.Tensor2D | undefined> = {
  wasm: transposes.wasmTransposed,
};
export const fastChannelsAsBatch: Forms<(x: tf.Tensor4D) => tf.Tensor4D | undefined> = {
  wasm: transposes.wasmChannelsAsBatch,
};

type Product = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D;
export const fastTimesTransposed: Forms<Product> = {
  wasm: wasmProducts.timesTransposed,
  // Inference of few samples runs on tfjs's wasm backend, and has no other form here.
  onnx: wasmProducts.timesTransposed,
};
export const fastTransposedTimes: Forms<Product> = { wasm: wasmProducts.transposedTimes };

export const fastProducts: Forms<() => Products> = { onnx: onnxProducts };

export const fastWithBias: Forms<(x: tf.Tensor, bias: tf.Tensor1D) => tf.Tensor> = {
  tensorflow: native.withBias,
};
export const fastReluGradient: Forms<(dy: tf.Tensor, y: tf.Tensor) => tf.Tensor | undefined> = {
  wasm: wasmKernels.reluGradient,
  tensorflow: native.reluGradient,
};
export const fastColumnSums: Forms<(rows: tf.Tensor) => tf.Tensor1D> = {
  wasm: wasmKernels.columnSums,
  tensorflow: native.columnSums,
};
export const fastMaxPoolGradient: Forms<
  (dy: tf.Tensor4D, x: tf.Tensor4D, size: number, stride: number) => tf.Tensor
> = { wasm: wasmKernels.maxPoolGradient };

type Convolve = (
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  options: Window & { readonly relu: boolean },
) => tf.Tensor4D;
export const fastConvolve: Forms<Convolve> = { tensorflow: native.convolve };

type GradientOfInput = (
  shape: Shape4D,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window,
) => tf.Tensor4D;
export const fastGradientOfInput: Forms<GradientOfInput> = { wasm: wasmGradientOfInput };

type DrawMask = (out: Float32Array, rate: number, key: number) => void;
/** For every backend. */
export const fastMask: DrawMask | undefined = drawMask;

export const fastOptimizers: Forms<OptimizerForm> = { wasm: wasmAdam };
export const fastSteps: Forms<StepsForm> = { tensorflow: graphSteps, onnx: onnxSteps };
export const fastInference: Forms<InferenceForm> = {
  tensorflow: graphInference,
  onnx: onnxInference,
};
