/**
 * Least squares in the Frobenius norm, by column-pivoted QR in float64.
 *
 * The solutions are basic, not of minimal norm: coefficients of columns that depend on others are zero.
 * The product with the factor is what the pseudoinverse gives all the same, because it is the
 * projection: C E = C C^+ A. Normal equations would square the condition number of C.
 */

import { type Matrix, type Matrix64, transpose, zeros } from './matrix.ts';
import { type Multiply, multiply } from './multiply.ts';
import { type PivotedQr, pivotedQr } from './qr.ts';

/**
 * E (c x n) that minimizes ||A - C E||_F, for C (m x c) and A (m x n): C E = C C^+ A, and E = C^+ A
 * where the columns of C are independent. `product` makes Q^T A, nearly all of the work: in the precision
 * that it has, E is as near to the best as Q^T A is to the exact product.
 */
export function solveLeastSquares(c: Matrix, a: Matrix, product: Multiply = multiply): Matrix64 {
  const qr = pivotedQr(c);
  const solution = widened(product(qr.qt, a));
  substituteBack(qr.r, solution);
  return atPivots(qr, solution, c.cols);
}

/**
 * X (p x r) that minimizes ||E - X R||_F, for E (p x n) and R (r x n): X R = E R^+ R, and X = E R^+
 * where the rows of R are independent.
 */
export function solveLeastSquaresRight(e: Matrix, r: Matrix): Matrix64 {
  return transpose(solveLeastSquares(transpose(r), transpose(e)));
}

/** Overwrites `b` with the solution X of R_11 X = b, where R_11 is the leading square of `r`. */
function substituteBack(r: Matrix64, b: Matrix64): void {
  const { cols: n, data } = b;
  for (let i = b.rows - 1; i >= 0; i--) {
    const row = data.subarray(i * n, (i + 1) * n);
    for (let t = i + 1; t < b.rows; t++) {
      const factor = r.data[i * r.cols + t]!;
      const known = data.subarray(t * n, (t + 1) * n);
      for (let j = 0; j < n; j++) row[j]! -= factor * known[j]!;
    }
    const pivot = r.data[i * r.cols + i]!;
    for (let j = 0; j < n; j++) row[j]! /= pivot;
  }
}

function widened({ data, ...size }: Matrix): Matrix64 {
  return { ...size, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

function atPivots({ rank, pivots }: PivotedQr, solution: Matrix64, count: number): Matrix64 {
  const { cols: n, data } = solution;
  const all = zeros(count, n);
  for (let t = 0; t < rank; t++) all.data.set(data.subarray(t * n, (t + 1) * n), pivots[t]! * n);
  return all;
}
