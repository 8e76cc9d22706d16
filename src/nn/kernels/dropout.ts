/**
 * Dropout whose mask is a function of (seed, step, layer): a run that goes on from a checkpoint draws
 * the masks that an uninterrupted run would have drawn, and no generator's state needs saving.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../linalg/random.ts';
import { block } from './block.ts';
import { maskOf } from './masks.ts';

export interface DropoutPlace {
  readonly seed: number;
  /** Steps since the beginning of the training. */
  readonly step: number;
}

/** A layer that drops out, by its place among all layers, and what it has to cover. */
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

/** 0 with probability `rate`, and else 1 / (1 - rate). */
export function dropoutMask(
  { layer, rate, shape }: DropoutLayer,
  { seed, step }: DropoutPlace,
): tf.Tensor {
  const random = randomStream(seed, 'dropout', `layer ${layer}`, `step ${step}`);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tf.tensor(maskOf(size, rate, random.integer(2 ** 32)), [...shape]);
}
