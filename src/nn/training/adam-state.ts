/** What Adam (Kingma and Ba 2015) keeps between two steps, and its constants, as PyTorch sets them. */
import type * as tf from '@tensorflow/tfjs-core';

/** The state of the optimizer apart from the weights: arrays in the order of the parameters. */
export interface AdamState {
  readonly step: number;
  readonly firstMoments: readonly Float32Array[];
  readonly secondMoments: readonly Float32Array[];
}

export interface OptimizerOptions {
  readonly weightDecay: number;
  /** Learning-rate multiplier of each weight. */
  readonly multipliers: readonly number[];
  /** To go on from; else the moments are zero. */
  readonly saved?: AdamState | undefined;
}

/** Holds what it trains. */
export interface Optimizer {
  /** The weights as they are now. They are the optimizer's, and live until the next update. */
  values(): readonly tf.Tensor[];
  /** One step; the gradients, in the order of the weights, are disposed of. */
  update(gradients: readonly tf.Tensor[], learningRate: number): void;
  state(): Promise<AdamState>;
  dispose(): void;
}

/** Takes over `values`. */
export type OptimizerForm = (values: readonly tf.Tensor[], options: OptimizerOptions) => Optimizer;

export const beta1 = 0.9;
export const beta2 = 0.999;
const epsilon = 1e-8;

/**
 * The scalars of step t, with c1 = 1 - beta1^t and c2 = 1 - beta2^t: p -= rate * m / (sqrt(v) + epsilon) is
 * p -= lr / c1 * m / (sqrt(v) / sqrt(c2) + 1e-8) with c2 moved to the scalars, as each operation on all
 * weights is a pass over them.
 */
export function scalarsOf(step: number, learningRate: number) {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    rate: (learningRate * correction) / (1 - beta1 ** step),
    epsilon: epsilon * correction,
  };
}
