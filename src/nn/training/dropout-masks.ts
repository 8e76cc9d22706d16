/**
 * Masks of dropout. A mask is a function of (seed, step, layer). So a run that continues from a checkpoint draws the
 * same masks as an uninterrupted run, and no state of a generator needs to be saved.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../linalg/random.ts';
import { fastMask } from '../fast-forms.ts';
import type { DropoutLayer } from '../kernels/dropout.ts';

export interface DropoutPlace {
  readonly seed: number;
  /** Steps since the beginning of the training. */
  readonly step: number;
}

/** The mask of a layer at one step: 0 with probability `rate`, else 1 / (1 - rate). */
export function dropoutMask(layer: DropoutLayer, place: DropoutPlace): tf.Tensor {
  const mask = new Float32Array(layer.shape.reduce((product, extent) => product * extent, 1));
  fillDropoutMask(layer, place, mask);
  return tf.tensor(mask, [...layer.shape]);
}

/** Writes the mask into an array of its size. */
export function fillDropoutMask(
  { layer, rate }: Omit<DropoutLayer, 'shape'>,
  { seed, step }: DropoutPlace,
  mask: Float32Array,
): void {
  const random = randomStream(seed, 'dropout', `layer ${layer}`, `step ${step}`);
  (fastMask ?? drawMask)(mask, rate, random.integer(2 ** 32));
}

/**
 * Each element of `out`: 0 with probability `rate`, else 1 / (1 - rate). `key` is any 32-bit number; each key gives
 * another mask. One hash of (key, index) per element, since a stream would cost more than the layer: the finalizer of
 * MurmurHash3 over a Weyl sequence.
 */
export function drawMask(out: Float32Array, rate: number, key: number): void {
  const threshold = Math.round(rate * 2 ** 31);
  const kept = 1 / (1 - rate);
  for (let i = 0; i < out.length; i++) {
    let h = (key + Math.imul(i + 1, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    out[i] = (h ^ (h >>> 16)) >>> 1 >= threshold ? kept : 0;
  }
}
