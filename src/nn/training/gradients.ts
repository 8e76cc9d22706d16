/** The loss of a batch and its gradients with respect to all trained parameters. */
import * as tf from '@tensorflow/tfjs-core';
import { forward } from '../forward.ts';
import { crossEntropy } from './loss.ts';
import type { LossAndGradients } from './state.ts';

export const lossAndGradients: LossAndGradients = (
  layers,
  { parameters, statistics, fixed },
  { samples, truth, mask },
) => {
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
};
