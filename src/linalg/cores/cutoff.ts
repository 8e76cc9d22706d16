/**
 * What counts as zero in columns and rows of weights, relative to their largest singular value. Weights are float32, so
 * directions below their rounding are not directions of the layer. A core that divides by such a value is huge, and the
 * product of three factors is then a small difference of large numbers.
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
 * For a core that is itself rounded to float32. A cutoff of t costs an error of about t, and rounding the core costs
 * one of 2^-24 / t. For the 20 x 20 Hilbert matrix, 2^-14 left an error of 7e-5, and 20 * 2^-24 left 4e-3.
 */
export function storedCoreCutoff(size: Size): number {
  return Math.max(weightCutoff(size), 2 ** -14);
}
