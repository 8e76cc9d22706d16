/**
 * An orthonormal basis of what the columns of a matrix span, and the way from it back to coefficients of
 * those columns: the two halves of least squares.
 *
 * Well-conditioned columns are made orthonormal by their Gram matrix's Cholesky factor, which is all
 * products (`cholesky-qr.ts`). That loses as many figures as the Gram matrix's condition number has, the
 * square of the columns': taken only where a bound of that, which the factor itself gives, leaves more than
 * float32 has by far. All else, dependent columns too, goes through the column-pivoted QR in float64.
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
   * E (c x n) with C E = Q B, for B of r x n, which it may overwrite. A basic solution: coefficients of columns
   * that depend on others are zero.
   */
  coefficients(b: Matrix64): Matrix64;
}

/**
 * `tolerance`: a column is dependent if the part outside the span of the others is below this share of its norm.
 * Without one, only what is rounding in float64 does.
 */
export function columnBasis(c: Matrix, tolerance?: number): ColumnBasis {
  return basisOf(transpose(c), tolerance);
}

/** Of R^T, for R with a vector a row. */
export function rowBasis(r: Matrix, tolerance?: number): ColumnBasis {
  return basisOf(r, tolerance);
}

/** Of the columns that are the rows of `columns`. */
function basisOf(columns: Matrix, tolerance?: number): ColumnBasis {
  const found = wellConditionedBasis(columns);
  if (found) return found;
  const scales = tolerance === undefined ? undefined : rowScales(columns);
  if (scales === undefined) return pivotedBasis(pivotedQr(transpose(columns)), columns.rows);
  // Of columns that are scaled alike: a small one is no less exact than a large one.
  const scaled = pivotedQr(transpose(scaleRows(columns, scales)), undefined, tolerance);
  const { qt, coefficients } = pivotedBasis(scaled, columns.rows);
  return { qt, coefficients: (b) => scaleRows(coefficients(b), scales) };
}

/**
 * Of the Gram matrix of columns that are scaled alike. 2^-53 times that is 1e-10, and errors stay far below, as
 * the bound isn't sharp: it is 2^15 for 220 columns of a trained layer, whose Gram matrix has 2^9.
 */
const LARGEST_CONDITION = 2 ** 20;

/** By C^T = D L Q^T: D scales, L L^T is the Gram matrix of what is left. Undefined where that loses figures. */
function wellConditionedBasis(columns: Matrix): ColumnBasis | undefined {
  if (columns.rows > columns.cols) return undefined;
  const scales = rowScales(columns);
  if (scales === undefined) return undefined;
  const scaled = scaleRows(columns, scales);
  const g = gram(scaled);
  const norm = Math.sqrt(squaredNorm(g));
  const { lower, inverse } = pivotedCholesky(g, norm / LARGEST_CONDITION, false);
  // The largest eigenvalue is at most the norm, the inverse of the smallest at most the trace of the inverse.
  if (lower.cols < columns.rows || norm * squaredNorm(inverse) > LARGEST_CONDITION)
    return undefined;
  return {
    qt: multiply(inverse, scaled),
    coefficients: (b) => scaleRows(multiplyTransposedLeft(inverse, b), scales),
  };
}

/** Powers of two, by which dividing is exact, that make all norms but 0 alike; undefined where one is out of range. */
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

/** Squares above it have lost nothing at the lower end of the range of float64. */
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
