/**
 * Dropout whose mask is a function of (seed, step, layer): a run that goes on from a checkpoint draws
 * the masks that an uninterrupted run would have drawn, and no generator's state needs saving.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../linalg/random.ts';
import { block } from './block.ts';

export interface DropoutPlace {
  readonly seed: number;
  readonly step: number;
}

/** Zeroes each element with probability `rate` and scales the others by 1 / (1 - rate). */
export function dropout<T extends tf.Tensor>(
  x: T,
  rate: number,
  { seed, step }: DropoutPlace,
  layer: number,
): T {
  if (rate === 0) return x;
  const random = randomStream(seed, 'dropout', `layer ${layer}`, `step ${step}`);
  const mask = tf.tensor(maskOf(x.size, rate, random.integer(2 ** 32)), x.shape);
  return block({
    differentiate: [x],
    forward: () => tf.mul(x, mask) as T,
    keep: () => [mask] as const,
    backward: (dy, [kept]) => [tf.mul(dy, kept)],
  });
}

/**
 * One hash of (key, index) an element (the finalizer of MurmurHash3 over a Weyl sequence): masks are
 * most of the random numbers of a training, and a stream would cost more than the layer.
 */
function maskOf(size: number, rate: number, key: number): Float32Array {
  const mask = new Float32Array(size);
  const kept = 1 / (1 - rate);
  const threshold = rate * 2 ** 32;
  for (let i = 0; i < size; i++) {
    let h = (key + Math.imul(i + 1, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    if ((h ^ (h >>> 16)) >>> 0 >= threshold) mask[i] = kept;
  }
  return mask;
}
