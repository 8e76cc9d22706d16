/** The loss of a batch and its gradients with respect to all that is trained. */
import * as tf from '@tensorflow/tfjs-core';
import { forward, type TrainingPass } from '../forward.ts';
import type { Layer } from '../model/description.ts';
import type { Parameters } from '../model/parameters.ts';
import { crossEntropy } from './loss.ts';

export interface TrainingState {
  readonly parameters: Parameters;
  readonly statistics: Parameters;
  readonly fixed: Parameters;
}

/** One batch or a part of it, and what drops out. */
export interface TrainingBatch extends Pick<TrainingPass, 'mask'> {
  readonly samples: tf.Tensor;
  /** As `crossEntropy` takes it. */
  readonly truth: tf.Tensor2D;
}

/** Gradients of the parameters, then of the statistics. All are the caller's to dispose of. */
export function lossAndGradients(
  layers: readonly Layer[],
  { parameters, statistics, fixed }: TrainingState,
  { samples, truth, mask }: TrainingBatch,
): { value: tf.Scalar; grads: tf.Tensor[] } {
  const differentiated = new Map([...parameters, ...statistics]);
  const names = [...differentiated.keys()];
  const training = { mask, trained: new Set(names) };
  const lossOf = (...tensors: tf.Tensor[]) => {
    const current = new Map([
      ...fixed,
      ...names.map((name, index) => [name, tensors[index]!] as const),
    ]);
    const logits = forward(layers, current, samples, { training, fold: true }) as tf.Tensor2D;
    return crossEntropy(logits, truth);
  };
  return tf.valueAndGrads(lossOf)([...differentiated.values()]) as {
    value: tf.Scalar;
    grads: tf.Tensor[];
  };
}
