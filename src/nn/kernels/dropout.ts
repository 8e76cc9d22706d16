/**
 * Dropout whose mask is a function of (seed, step, layer): a run that goes on from a checkpoint draws
 * the masks that an uninterrupted run would have drawn, and no generator's state needs saving.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../linalg/random.ts';
import { block } from './block.ts';
import { drawMask } from './masks.ts';

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

/** What a layer is multiplied by at one step: 0 with probability `rate`, and else 1 / (1 - rate). */
export function dropoutMask(layer: DropoutLayer, place: DropoutPlace): tf.Tensor {
  const mask = new Float32Array(layer.shape.reduce((product, extent) => product * extent, 1));
  fillDropoutMask(layer, place, mask);
  return tf.tensor(mask, [...layer.shape]);
}

/** The same into an array of its size. */
export function fillDropoutMask(
  { layer, rate }: Omit<DropoutLayer, 'shape'>,
  { seed, step }: DropoutPlace,
  mask: Float32Array,
): void {
  const random = randomStream(seed, 'dropout', `layer ${layer}`, `step ${step}`);
  drawMask(mask, rate, random.integer(2 ** 32));
}
