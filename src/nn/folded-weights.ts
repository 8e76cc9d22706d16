/**
 * Dense weights behind a pool that merely copies a 1x1 map, folded to the same layer at a fraction of the cost.
 */
import * as tf from '@tensorflow/tfjs-core';
import { forward } from './forward.ts';
import type { Layer } from './model/description.ts';
import type { Parameters } from './model/parameters.ts';

/** By the parameter's name; none where nothing is copied. `sample` is a batch of any size. To be disposed of. */
export function foldedWeights(
  layers: readonly Layer[],
  parameters: Parameters,
  sample: tf.Tensor,
): ReadonlyMap<string, tf.Tensor2D> {
  // What a forward pass folds, it puts here.
  const folds = new Map<string, tf.Tensor2D>();
  tf.tidy(() => void forward(layers, parameters, sample, { fold: true, folds }));
  return new Map([...folds].map(([layer, weight]) => [`${layer}.weight`, weight]));
}
