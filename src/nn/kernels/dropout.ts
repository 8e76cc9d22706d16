/**
 * Dropout whose mask is a function of (seed, step, layer): a run that goes on from a checkpoint draws
 * the masks that an uninterrupted run would have drawn, and no generator's state needs saving.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../linalg/random.ts';
import { block } from './block.ts';

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

/**
 * One hash of (key, index) an element (the finalizer of MurmurHash3 over a Weyl sequence): masks are
 * most of the random numbers of a training, and a stream would cost more than the layer. Without a branch,
 * which would be guessed wrongly half of the time.
 */
function maskOf(size: number, rate: number, key: number): Float32Array {
  const mask = new Float32Array(size);
  const bits = new Int32Array(mask.buffer);
  const [kept] = new Int32Array(Float32Array.of(1 / (1 - rate)).buffer);
  const threshold = Math.round(rate * 2 ** 31);
  for (let i = 0; i < size; i++) {
    let h = (key + Math.imul(i + 1, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    // All ones where the hash, of 31 bits, is at least the threshold.
    const keeps = (threshold - 1 - ((h ^ (h >>> 16)) >>> 1)) >> 31;
    bits[i] = kept! & keeps;
  }
  return mask;
}
