/**
 * U_k U_k^T A for the left singular vectors U of A X. Of all matrices of rank k, its outputs A' X are nearest to A X in
 * the Frobenius norm. Weights of inputs that do not occur are free; these are the ones of minimal norm.
 */
import { transpose, zeros } from '../../matrix.ts';
import type { Fit } from './layer-to-fit.ts';

export const svdWhitened: Fit = ({ whitened }, asked) => {
  const { rows, cols, s } = whitened;
  const rank = Math.min(asked, s.length);
  // A layer needs an inner size of at least one, even if all outputs are zero.
  if (rank === 0) return { left: zeros(rows, 1), right: zeros(1, cols), rank: 1 };
  return { left: transpose(whitened.ut(rank)), right: whitened.projected(rank), rank };
};
