/** Products with diagonal matrices. */

import { type Matrix, type Matrix64, zeros } from './matrix.ts';

/** diag(factors) A. */
export function scaleRows(a: Matrix, factors: Float64Array): Matrix64 {
  const scaled = zeros(a.rows, a.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let at = i * a.cols; at < (i + 1) * a.cols; at++) {
      scaled.data[at] = a.data[at]! * factors[i]!;
    }
  }
  return scaled;
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
