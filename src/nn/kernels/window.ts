/** How a convolution moves over a map. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Pair } from '../model/description.ts';

/** The padding has a name: at stride 1, 'same' is half of the filter, whose sizes are odd. */
export interface Window {
  readonly stride: Pair;
  readonly pad: 'same' | 'valid';
}

export type Shape4D = [number, number, number, number];

/** Spelled out, since tfjs takes a single number to mean a filter with equal sides. */
export function around(vertical: number, horizontal: number): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0],
  ];
}
