/** What a training step starts from, and what computes its gradients. */
import type * as tf from '@tensorflow/tfjs-core';
import type { DropoutLayer } from '../kernels/dropout.ts';
import type { Layer } from '../model/description.ts';
import type { Parameters } from '../model/parameters.ts';

export interface TrainingState {
  readonly parameters: Parameters;
  readonly statistics: Parameters;
  readonly fixed: Parameters;
}

/** One batch or a part of it, and what drops out. */
export interface TrainingBatch {
  readonly samples: tf.Tensor;
  /** As `crossEntropy` takes it. */
  readonly truth: tf.Tensor2D;
  /** What a layer's dropout multiplies by; for the forward pass alone. */
  readonly mask: (dropout: DropoutLayer) => tf.Tensor;
}

/** The loss, and the gradients of the parameters and then of the statistics. The caller disposes of all of them. */
export type LossAndGradients = (
  layers: readonly Layer[],
  state: TrainingState,
  batch: TrainingBatch,
) => { value: tf.Scalar; grads: tf.Tensor[] };

/**
 * Share of the batch in the running statistics of a batch norm after a step. The gradient of a statistic is its
 * distance to the batch's.
 */
export const momentum = 0.1;
