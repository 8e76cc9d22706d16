/** The loss of a batch and its gradients with respect to all that is trained. */
import * as tf from '@tensorflow/tfjs-core';
import type { Batches } from '../batch.ts';
import { forward } from '../forward.ts';
import type { Layer } from '../model/description.ts';
import type { Parameters } from '../model/parameters.ts';
import { crossEntropy } from './loss.ts';

export interface TrainingState {
  readonly parameters: Parameters;
  readonly statistics: Parameters;
  readonly fixed: Parameters;
}

/** Gradients of the parameters, then of the statistics. All are the caller's to dispose of. */
export function lossAndGradients(
  layers: readonly Layer[],
  { parameters, statistics, fixed }: TrainingState,
  batches: Batches,
  indices: Uint32Array,
  pass: { readonly seed: number; readonly step: number },
): { value: tf.Scalar; grads: tf.Tensor[] } {
  const differentiated = new Map([...parameters, ...statistics]);
  const names = [...differentiated.keys()];
  const training = { ...pass, trained: new Set(names) };
  return tf.tidy(() => {
    const images = batches.tensor(indices);
    const lossOf = (...tensors: tf.Tensor[]) => {
      const current = new Map([
        ...fixed,
        ...names.map((name, index) => [name, tensors[index]!] as const),
      ]);
      const logits = forward(layers, current, images, { training, fold: true }) as tf.Tensor2D;
      return crossEntropy(logits, batches.labels(indices));
    };
    return tf.valueAndGrads(lossOf)([...differentiated.values()]) as {
      value: tf.Scalar;
      grads: tf.Tensor[];
    };
  });
}
