/**
 * What counts as nothing in columns and rows of weights, relative to the largest of them. Weights are float32: below
 * their rounding there is no direction of the layer, and a core that divides by it is huge, so that a product of
 * three factors is a small difference of large numbers.
 */

import { FLOAT32_ROUNDOFF } from '../stored.ts';

interface Size {
  readonly rows: number;
  readonly cols: number;
}

export function weightCutoff({ rows, cols }: Size): number {
  return Math.max(rows, cols) * FLOAT32_ROUNDOFF;
}

/**
 * For a core that is rounded to float32 itself. A cutoff of t costs an error of about t, and rounding the core one of
 * 2^-24 / t: for the 20 x 20 Hilbert matrix 2^-14 left an error of 7e-5, where 20 * 2^-24 left 4e-3.
 */
export function storedCoreCutoff(size: Size): number {
  return Math.max(weightCutoff(size), 2 ** -14);
}
