/**
 * Column-pivoted QR by Householder reflections (Businger & Golub, Numer. Math. 7, 1965), stopped at
 * the numerical rank.
 *
 * The next pivot is the column with the largest part outside the current span, so the diagonal of R does not grow.
 * Duplicates, zero columns and columns at the level of rounding come last and are left out. The pivoting is plain: on
 * contrived matrices, it can over-estimate the rank (Kahan's matrix).
 */

import { makeReflector } from './householder.ts';
import { type Matrix, type Matrix64, transpose, zeros } from './matrix.ts';

/** A P = Q R up to rounding, of numerical rank r. */
export interface PivotedQr {
  readonly rank: number;
  /** Q^T, r x m: orthonormal rows that span the columns of A. */
  readonly qt: Matrix64;
  /** R, r x n, upper trapezoidal; |R_11| >= |R_22| >= ... up to rounding. Column j is A's `pivots[j]`. */
  readonly r: Matrix64;
  /** A permutation of all n columns; the first r are independent. */
  readonly pivots: Int32Array;
}

/**
 * The pivoted QR of `a` (m x n, finite). A column is dependent if its part outside the span is at most max(m, n) eps
 * |R_11|. Zero and denormal columns are dependent next to ordinary ones. Stops after `limit` columns at any rank;
 * `rank` is then that of the factored part. `tolerance`: the share of |R_11| that counts as dependent, if that is more.
 */
export function pivotedQr(a: Matrix, limit = Number.POSITIVE_INFINITY, tolerance = 0): PivotedQr {
  const columns = transpose(a);
  const scale = rescale(columns);
  const work: Work = { columns, pivots: Int32Array.from({ length: a.cols }, (_, j) => j) };
  const norms = Float64Array.from(work.pivots, (j) => tailNorm(columns, j, 0));
  const exactNorms = norms.slice();
  const reflectors: Reflection[] = [];
  let cutoff = 0;
  for (let k = 0; k < Math.min(a.rows, a.cols, limit); k++) {
    exchange(work, norms, exactNorms, k, largestFrom(norms, k));
    const length = tailNorm(columns, k, k);
    if (k === 0) cutoff = Math.max(Math.max(a.rows, a.cols) * Number.EPSILON, tolerance) * length;
    if (length <= cutoff) break;
    const reflector = reflectorOf(columns, k, length);
    reflectors.push(reflector);
    for (let j = k + 1; j < a.cols; j++) {
      reflect(columns.data, j * a.rows, reflector);
      downdate(columns, norms, exactNorms, j, k);
    }
  }
  return {
    rank: reflectors.length,
    qt: orthonormalRows(reflectors, a.rows),
    r: upperTrapezoid(columns, reflectors.length, scale),
    pivots: work.pivots,
  };
}

interface Work {
  /** A^T during the reduction: row j is the column that is now at place j. */
  readonly columns: Matrix64;
  readonly pivots: Int32Array;
}

/** H = I - tau v v^T acting on entries `from` and up; v_from = 1. */
interface Reflection {
  readonly from: number;
  readonly tau: number;
  readonly v: Float64Array;
}

/** Divides by a power of two near the largest entry, so that squares neither vanish nor overflow. */
function rescale(a: Matrix64): number {
  let largest = 0;
  for (const value of a.data) largest = Math.max(largest, Math.abs(value));
  if (!Number.isFinite(largest)) throw new RangeError('no QR of a matrix that is not finite');
  if (largest === 0) return 1;
  const scale = 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
  for (let i = 0; i < a.data.length; i++) a.data[i]! /= scale;
  return scale;
}

function tailNorm({ cols, data }: Matrix64, j: number, from: number): number {
  let sum = 0;
  for (let i = j * cols + from; i < (j + 1) * cols; i++) sum += data[i]! * data[i]!;
  return Math.sqrt(sum);
}

/** The lowest index wins a tie, so that the pivots depend only on the matrix. */
function largestFrom(norms: Float64Array, from: number): number {
  let best = from;
  for (let j = from + 1; j < norms.length; j++) if (norms[j]! > norms[best]!) best = j;
  return best;
}

function exchange(
  { columns, pivots }: Work,
  norms: Float64Array,
  exactNorms: Float64Array,
  p: number,
  q: number,
): void {
  if (p === q) return;
  const { cols, data } = columns;
  const kept = data.slice(p * cols, (p + 1) * cols);
  data.copyWithin(p * cols, q * cols, (q + 1) * cols);
  data.set(kept, q * cols);
  for (const list of [pivots, norms, exactNorms]) [list[p], list[q]] = [list[q]!, list[p]!];
}

/** The reflector that maps the tail of column k to (beta, 0, ..., 0), which overwrites the tail. */
function reflectorOf({ cols, data }: Matrix64, k: number, length: number): Reflection {
  const at = k * cols + k;
  const v = data.slice(at, (k + 1) * cols);
  const { tau, beta } = makeReflector(v, length);
  data.fill(0, at, (k + 1) * cols);
  data[at] = beta;
  return { from: k, tau, v };
}

function reflect(data: Float64Array, column: number, { from, tau, v }: Reflection): void {
  const at = column + from;
  let dot = 0;
  for (let i = 0; i < v.length; i++) dot += v[i]! * data[at + i]!;
  dot *= tau;
  for (let i = 0; i < v.length; i++) data[at + i]! -= dot * v[i]!;
}

/**
 * The norm of column j's tail below row k, updated from the norm before. The update loses all digits if most of the
 * column is gone, so the norm is then computed again. The rule and the threshold are LAPACK's (Drmac & Bujanovic, ACM
 * TOMS 35(2), 2008).
 */
function downdate(
  columns: Matrix64,
  norms: Float64Array,
  exactNorms: Float64Array,
  j: number,
  k: number,
): void {
  const before = norms[j]!;
  if (before === 0) return;
  const gone = Math.abs(columns.data[j * columns.cols + k]!) / before;
  const left = Math.max(0, (1 - gone) * (1 + gone));
  if (left * (before / exactNorms[j]!) ** 2 > Math.sqrt(Number.EPSILON)) {
    norms[j] = before * Math.sqrt(left);
  } else {
    norms[j] = exactNorms[j] = tailNorm(columns, j, k + 1);
  }
}

/** The first columns of H_1 H_2 ... H_r, one per row. */
function orthonormalRows(reflectors: readonly Reflection[], m: number): Matrix64 {
  const qt = zeros(reflectors.length, m);
  for (let t = 0; t < qt.rows; t++) qt.data[t * m + t] = 1;
  for (const reflector of reflectors.toReversed()) {
    // Rows before `from` are still unit vectors, which this reflector does not change.
    for (let t = reflector.from; t < qt.rows; t++) reflect(qt.data, t * m, reflector);
  }
  return qt;
}

function upperTrapezoid(columns: Matrix64, rank: number, scale: number): Matrix64 {
  const r = zeros(rank, columns.rows);
  for (let j = 0; j < columns.rows; j++) {
    for (let i = 0; i <= Math.min(j, rank - 1); i++) {
      r.data[i * columns.rows + j] = columns.data[j * columns.cols + i]! * scale;
    }
  }
  return r;
}
