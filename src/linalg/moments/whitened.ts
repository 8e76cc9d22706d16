/**
 * A layer in the norm of its outputs: ||E X||_F = ||E S^(1/2)||_F for inputs X with second moments S = X X^T. So the SVD
 * of A S^(1/2) gives the best approximation of the outputs (SVD-LLM, arXiv 2403.07378; DRONE, NeurIPS 2021).
 *
 * SVD-LLM undoes the whitening by an inverse, which fails if S is singular. Here the left singular vectors U are used
 * instead: U_k U_k^T A has the same outputs as the truncated SVD with the whitening undone, and needs no inverse.
 */
import { firstRows, type Matrix, type Matrix64 } from '../matrix.ts';
import { multiply, multiplyTransposedRight } from '../multiply.ts';
import { scaleColumns } from '../scale.ts';
import { thinSvd } from '../svd.ts';
import { inputRange, within } from './input-range.ts';
import type { SecondMoments } from './second-moments.ts';

/** The factors of an m x n layer whose outputs vary in r directions. Parts may be in a file and are then read on use. */
export interface WhitenedLayer {
  readonly rows: number;
  readonly cols: number;
  /** The singular values of A X, non-increasing and positive. */
  readonly s: Float64Array;
  /** ||A X||_F^2. */
  readonly squaredNorm: number;
  /** The first min(k, r) left singular vectors of A S^(1/2), one per row of length m. */
  ut(k: number): Matrix;
  /** The first min(k, r) right singular vectors of A S^(1/2), one per row of length n. */
  vt(k: number): Matrix;
  /** U^T A for the first min(k, r) vectors, with minimal norm: zero on inputs that do not occur. */
  projected(k: number): Matrix;
}

/** Two eigenproblems: O(n^3 + l^2 (m + n)) with l = min(m, n). */
export function whitenLayer(weight: Matrix, moments: SecondMoments): WhitenedLayer {
  const range = inputRange(moments);
  const { basis, roots } = range;
  // In the basis of the inputs, the symmetric root is diagonal.
  const { ut, s, vt } = thinSvd(scaleColumns(multiplyTransposedRight(weight, basis), roots));
  const turned: Matrix64 = s.length === 0 ? { ...vt, cols: weight.cols } : multiply(vt, basis);
  const projected = within(range, multiply(ut, weight));
  return {
    rows: weight.rows,
    cols: weight.cols,
    s,
    squaredNorm: s.reduceRight((sum, value) => sum + value ** 2, 0),
    ut: (k) => firstRows(ut, k),
    vt: (k) => firstRows(turned, k),
    projected: (k) => firstRows(projected, k),
  };
}
