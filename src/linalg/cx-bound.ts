/**
 * A bound of ||A - C C^+ A||_F for the columns J that make C: eta ||A - A_k||_F with eta = 1 / s_min(V_k(J, :)). It
 * holds for any J for which these rows of V_k have full rank (Sorensen & Embree, SIAM J. Sci. Comput. 38(3), 2016,
 * theorem 4.1; the same projector proves it in the Frobenius norm).
 */
import { relativeOptimum } from './errors.ts';
import type { LayerFactors } from './factors.ts';
import { takeColumns } from './matrix.ts';
import { thinSvd } from './svd.ts';

/**
 * Relative to ||A||_F; k is the number of distinct columns. Null if there is no proven or affordable bound: the rows of
 * V_k do not have full rank, too few vectors are known, the optimum is lost in the rounding of the singular values, or
 * the matrix is too large to decompose.
 */
export function cxBound(factors: LayerFactors, columns: Int32Array): number | null {
  const distinct = [...new Set(columns)];
  const k = distinct.length;
  if (k > LARGEST) return null;
  const vt = factors.vt(k);
  if (vt.rows < k) return null;
  const optimum = relativeOptimum(factors, k);
  if (optimum <= Math.max(factors.rows, factors.cols) * Number.EPSILON) return null;
  const { s } = thinSvd(takeColumns(vt, distinct));
  if (s.length < k) return null;
  return optimum / s[k - 1]!;
}

/** At this size, its SVD takes about as long as the compression itself. */
const LARGEST = 512;
