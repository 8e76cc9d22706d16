/**
 * What ||A - C C^+ A||_F can't exceed for the columns J that make C: eta ||A - A_k||_F with
 * eta = 1 / s_min(V_k(J, :)), for any J whose rows of V_k have full rank (Sorensen & Embree, SIAM J. Sci.
 * Comput. 38(3), 2016, theorem 4.1; in the Frobenius norm by the same projector).
 */
import { relativeOptimum } from './errors.ts';
import type { LayerFactors } from './factors.ts';
import { takeColumns } from './matrix.ts';
import { thinSvd } from './svd.ts';

/**
 * Relative to ||A||_F, k being the number of distinct columns. Null where nothing is proved: rows of V_k
 * without full rank, too few vectors known, an optimum that is lost in the rounding of the singular values, or more
 * than is worth decomposing.
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

/** Its SVD takes about as long as the compression itself from here on. */
const LARGEST = 512;
