/**
 * An orthonormal basis of the span of a matrix's columns, and the map from the basis back to coefficients of those
 * columns. These are the two halves of least squares.
 *
 * Well-conditioned columns are made orthonormal by the Cholesky factor of their Gram matrix, with products only
 * (`cholesky-qr.ts`). This loses as many digits as the condition number of the Gram matrix has, which is the square of
 * the columns' own. It is used only if a bound from the factor itself leaves far more than float32 precision. All other
 * columns, including dependent ones, go through column-pivoted QR in float64.
 */

import { pivotedCholesky } from './cholesky.ts';
import { type Matrix, type Matrix64, transpose, zeros } from './matrix.ts';
import { gram, multiply, multiplyTransposedLeft } from './multiply.ts';
import { type PivotedQr, pivotedQr } from './qr.ts';
import { scaleRows } from './scale.ts';

export interface ColumnBasis {
  /** Q^T, r x m: orthonormal rows that span the columns of C (m x c). */
  readonly qt: Matrix64;
  /**
   * E (c x n) with C E = Q B, for B of r x n. May overwrite B. The solution is basic: coefficients of columns that
   * depend on others are zero.
   */
  coefficients(b: Matrix64): Matrix64;
}

/**
 * `tolerance`: a column is dependent if its part outside the span of the others is below this share of its norm. By
 * default, only float64 rounding counts as dependent.
 */
export function columnBasis(c: Matrix, tolerance?: number): ColumnBasis {
  return basisOf(transpose(c), tolerance);
}

/** The basis of the columns of R^T, which are the rows of `r`. */
export function rowBasis(r: Matrix, tolerance?: number): ColumnBasis {
  return basisOf(r, tolerance);
}

/** The basis of the columns given as the rows of `columns`. */
function basisOf(columns: Matrix, tolerance?: number): ColumnBasis {
  const found = wellConditionedBasis(columns);
  if (found) return found;
  const scales = tolerance === undefined ? undefined : rowScales(columns);
  if (scales === undefined) return pivotedBasis(pivotedQr(transpose(columns)), columns.rows);
  // Scales the columns to the same size, so that small ones are as exact as large ones.
  const scaled = pivotedQr(transpose(scaleRows(columns, scales)), undefined, tolerance);
  const { qt, coefficients } = pivotedBasis(scaled, columns.rows);
  return { qt, coefficients: (b) => scaleRows(coefficients(b), scales) };
}

/**
 * For the Gram matrix of columns scaled to the same size. 2^-53 times this is 1e-10. Errors stay far below, because the
 * bound is not sharp: it is 2^15 for 220 columns of a trained layer whose Gram matrix has condition number 2^9.
 */
const LARGEST_CONDITION = 2 ** 20;

/**
 * By C^T = D L Q^T: D scales, and L L^T is the Gram matrix of the scaled columns. Undefined if that loses too many
 * digits.
 */
function wellConditionedBasis(columns: Matrix): ColumnBasis | undefined {
  if (columns.rows > columns.cols) return undefined;
  const scales = rowScales(columns);
  if (scales === undefined) return undefined;
  const scaled = scaleRows(columns, scales);
  const g = gram(scaled);
  const norm = Math.sqrt(squaredNorm(g));
  const { lower, inverse } = pivotedCholesky(g, norm / LARGEST_CONDITION, false);
  // The largest eigenvalue is at most the norm. The inverse of the smallest is at most the trace of the inverse.
  if (lower.cols < columns.rows || norm * squaredNorm(inverse) > LARGEST_CONDITION)
    return undefined;
  return {
    qt: multiply(inverse, scaled),
    coefficients: (b) => scaleRows(multiplyTransposedLeft(inverse, b), scales),
  };
}

/**
 * Powers of two (dividing by them is exact) that make all nonzero norms similar. Undefined if a norm is out of range.
 */
function rowScales({ rows, cols, data }: Matrix): Float64Array | undefined {
  const scales = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const square = squaredNorm({ data: data.subarray(i * cols, (i + 1) * cols) });
    scales[i] = 1;
    if (square === 0) continue;
    // Not `<`: a NaN is out of range too.
    if (!(square > SMALLEST && square < 1 / SMALLEST)) return undefined;
    scales[i] = 2 ** -Math.round(Math.log2(square) / 2);
  }
  return scales;
}

/** Squares above this have lost nothing at the lower end of the float64 range. */
const SMALLEST = 2 ** -900;

function squaredNorm({ data }: Pick<Matrix, 'data'>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
  return sum;
}

function pivotedBasis({ qt, r, rank, pivots }: PivotedQr, count: number): ColumnBasis {
  return {
    qt,
    coefficients: (b) => {
      substituteBack(r, b);
      const { cols: n, data } = b;
      const all = zeros(count, n);
      for (let t = 0; t < rank; t++)
        all.data.set(data.subarray(t * n, (t + 1) * n), pivots[t]! * n);
      return all;
    },
  };
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
