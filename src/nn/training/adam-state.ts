/** The state of Adam (Kingma and Ba 2015) between two steps, and its constants, as PyTorch sets them. */
import type * as tf from '@tensorflow/tfjs-core';

/** The state of the optimizer without the weights: arrays in the order of the parameters. */
export interface AdamState {
  readonly step: number;
  readonly firstMoments: readonly Float32Array[];
  readonly secondMoments: readonly Float32Array[];
}

export interface OptimizerOptions {
  readonly weightDecay: number;
  /** For each weight, the number by which the learning rate is multiplied. */
  readonly multipliers: readonly number[];
  /** The moments to continue from. By default the moments are zero. */
  readonly saved?: AdamState | undefined;
}

/** Owns the weights that it trains. */
export interface Optimizer {
  /** The current weights. They belong to the optimizer, and live until the next update. */
  values(): readonly tf.Tensor[];
  /** One step. Disposes of the gradients, which are in the order of the weights. */
  update(gradients: readonly tf.Tensor[], learningRate: number): void;
  state(): Promise<AdamState>;
  dispose(): void;
}

/** Takes ownership of `values`. */
export type OptimizerForm = (values: readonly tf.Tensor[], options: OptimizerOptions) => Optimizer;

export const beta1 = 0.9;
export const beta2 = 0.999;
const epsilon = 1e-8;

/**
 * The scalars of step t, with c1 = 1 - beta1^t and c2 = 1 - beta2^t: p -= rate * m / (sqrt(v) + epsilon) is
 * p -= lr / c1 * m / (sqrt(v) / sqrt(c2) + 1e-8) with c2 moved to the scalars, since each operation on all
 * weights is a pass over them.
 */
export function scalarsOf(step: number, learningRate: number) {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    rate: (learningRate * correction) / (1 - beta1 ** step),
    epsilon: epsilon * correction,
  };
}
