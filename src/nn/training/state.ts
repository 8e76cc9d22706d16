/** The input of a training step, and the function that computes its gradients. */
import type * as tf from '@tensorflow/tfjs-core';
import type { DropoutLayer } from '../kernels/dropout.ts';
import type { Layer } from '../model/description.ts';
import type { Parameters } from '../model/parameters.ts';

export interface TrainingState {
  readonly parameters: Parameters;
  readonly statistics: Parameters;
  readonly fixed: Parameters;
}

/** A batch or a part of it, and its dropout masks. */
export interface TrainingBatch {
  readonly samples: tf.Tensor;
  /** In the form of `crossEntropy`. */
  readonly truth: tf.Tensor2D;
  /** The mask that multiplies the input of a dropout layer; only for the forward pass. */
  readonly mask: (dropout: DropoutLayer) => tf.Tensor;
}

/** The loss, and the gradients of the parameters and then of the statistics. The caller disposes of all of them. */
export type LossAndGradients = (
  layers: readonly Layer[],
  state: TrainingState,
  batch: TrainingBatch,
) => { value: tf.Scalar; grads: tf.Tensor[] };

/**
 * The weight of the batch in the running statistics of a batch norm after a step. The gradient of a statistic is its
 * distance to that of the batch.
 */
export const momentum = 0.1;
