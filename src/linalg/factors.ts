/**
 * What every compression of a layer starts from, computed once a layer: the SVD of its weight, and the
 * norms of its columns and rows.
 */

import { firstRows, type Matrix } from './matrix.ts';
import { thinSvd } from './svd.ts';

/**
 * The factors of an m x n weight of numerical rank r. Methods read only what they need, so that an
 * implementation over a file can make the fields getters and read no more than the rows asked for.
 */
export interface LayerFactors {
  readonly rows: number;
  readonly cols: number;
  /** All r singular values, non-increasing and positive. */
  readonly s: Float64Array;
  /** ||A^(j)||^2, n of them. */
  readonly squaredColumnNorms: Float64Array;
  /** ||A_(i)||^2, m of them. */
  readonly squaredRowNorms: Float64Array;
  /** ||A||_F^2. */
  readonly squaredNorm: number;
  /** The first min(k, r) left singular vectors, one a row of m. Not to be written to. */
  ut(k: number): Matrix;
  /** The first min(k, r) right singular vectors, one a row of n. Not to be written to. */
  vt(k: number): Matrix;
}

/** Factorizes a finite weight `a`; time and accuracy are those of `thinSvd`. */
export function factorizeLayer(a: Matrix): LayerFactors {
  const { ut, s, vt } = thinSvd(a);
  return {
    rows: a.rows,
    cols: a.cols,
    s,
    ...squaredNorms(a),
    ut: (k) => firstRows(ut, k),
    vt: (k) => firstRows(vt, k),
  };
}

/**
 * Rank-k leverage scores l_j = sum_{t < k} V_jt^2 of the columns of A, from V^T (r x n, r >= k); of its
 * rows from U^T. They lie in [0, 1] and sum to k (Mahoney & Drineas, PNAS 106(3), 2009, eq. 3, times k).
 */
export function leverageScores(vt: Matrix, k: number): Float64Array {
  const scores = new Float64Array(vt.cols);
  for (let t = 0; t < Math.min(k, vt.rows); t++) {
    for (let j = 0; j < vt.cols; j++) scores[j]! += vt.data[t * vt.cols + j]! ** 2;
  }
  return scores;
}

function squaredNorms(
  a: Matrix,
): Pick<LayerFactors, 'squaredColumnNorms' | 'squaredRowNorms' | 'squaredNorm'> {
  const squaredColumnNorms = new Float64Array(a.cols);
  const squaredRowNorms = new Float64Array(a.rows);
  let squaredNorm = 0;
  for (let i = 0; i < a.rows; i++) {
    let row = 0;
    for (let j = 0; j < a.cols; j++) {
      const square = a.data[i * a.cols + j]! ** 2;
      squaredColumnNorms[j]! += square;
      row += square;
    }
    squaredRowNorms[i] = row;
    squaredNorm += row;
  }
  return { squaredColumnNorms, squaredRowNorms, squaredNorm };
}
