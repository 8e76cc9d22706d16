/** Layers with constant weights, run on many batches. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import type { Layer } from './model/description.ts';
import type { Parameters } from './model/parameters.ts';
import type { Weights } from './model/weights.ts';

export interface Inference {
  /** The outputs for the samples at `indices`, row by row. */
  run(indices: Uint32Array): Promise<Float32Array>;
  dispose(): void;
}

export interface InferenceOptions {
  readonly layers: readonly Layer[];
  readonly weights: Weights;
  /** Each sample is used once, in batches of `batchSize`. */
  readonly samples: Samples;
  /** The shape of one sample for the layers. */
  readonly shape: readonly number[];
  readonly batchSize: number;
}

/** The outputs of layers for one batch. */
export type Forward = (
  layers: readonly Layer[],
  parameters: Parameters,
  batch: tf.Tensor,
) => tf.Tensor;

/**
 * `undefined` if the form is not worth it for these options, such as few samples: then the plain code has the same
 * results in less time.
 */
export type InferenceForm = (options: InferenceOptions, forward: Forward) => Inference | undefined;
