/** Products with diagonal matrices. */

import { type Matrix, type Matrix64, zeros } from './matrix.ts';

/** diag(factors) A. */
export function scaleRows(a: Matrix, factors: Float64Array): Matrix64 {
  const scaled = zeros(a.rows, a.cols);
  for (let i = 0; i < a.rows; i++) {
    scaleInto(scaled.data, a.data, i * a.cols, (i + 1) * a.cols, factors[i]!);
  }
  return scaled;
}

function scaleInto(
  target: Float64Array,
  values: Matrix['data'],
  from: number,
  end: number,
  factor: number,
): void {
  for (let at = from; at < end; at++) target[at] = values[at]! * factor;
}

/** A diag(factors). */
export function scaleColumns(a: Matrix, factors: Float64Array): Matrix64 {
  const scaled = zeros(a.rows, a.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) {
      scaled.data[i * a.cols + j] = a.data[i * a.cols + j]! * factors[j]!;
    }
  }
  return scaled;
}
