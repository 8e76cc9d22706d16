/** Dropout: a layer multiplied by a mask. */
import * as tf from '@tensorflow/tfjs-core';
import { block } from './block.ts';

/** A dropout layer, by its index among all layers, and the shape of its mask. */
export interface DropoutLayer {
  readonly layer: number;
  readonly rate: number;
  readonly shape: readonly number[];
}

/** Zeroes and scales the elements of `x` by a mask of its shape. */
export function dropout<T extends tf.Tensor>(x: T, mask: tf.Tensor): T {
  return block({
    differentiate: [x],
    forward: () => tf.mul(x, mask) as T,
    keep: () => [mask] as const,
    backward: (dy, [kept]) => [tf.mul(dy, kept)],
  });
}
