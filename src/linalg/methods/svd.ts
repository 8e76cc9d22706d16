/**
 * Truncated SVD: the best approximation of its rank in every unitarily invariant norm (Eckart & Young
 * 1936, Mirsky 1960).
 *
 * left = U_k and right = diag(s_1..s_k) V_k^T. This is the split of the published experiment: the factor that acts
 * first has the full scale. The weight itself is not read.
 */

import { transpose, zeros } from '../matrix.ts';
import { scaleColumns, scaleRows } from '../scale.ts';
import type { Compress } from './compression-method.ts';

export const svd: Compress = ({ factors }, asked) => {
  const rank = Math.min(asked, factors.s.length);
  // A layer needs an inner size of at least one, even if the weight is zero.
  if (rank === 0) return { left: zeros(factors.rows, 1), right: zeros(1, factors.cols), rank: 1 };
  const right = scaleRows(factors.vt(rank), factors.s);
  return { left: transpose(factors.ut(rank)), right, rank };
};

/** The same product with diag(s)^(1/2) in both factors, so that their gradients have similar sizes. */
export const svdBalanced: Compress = (layer, asked, random) => {
  const { left, right, rank } = svd(layer, asked, random);
  const roots = layer.factors.s.subarray(0, rank).map(Math.sqrt);
  if (roots.length === 0) return { left, right, rank };
  const inverse = roots.map((root) => 1 / root);
  return { left: scaleColumns(left, roots), right: scaleRows(right, inverse), rank };
};
