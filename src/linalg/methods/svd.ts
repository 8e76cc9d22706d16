/**
 * Truncated SVD: the best approximation of its rank in every unitarily invariant norm (Eckart & Young
 * 1936, Mirsky 1960).
 *
 * left = U_k and right = diag(s_1..s_k) V_k^T: the seed's split, which puts all of the scale into the
 * factor that acts first. The weight is never read.
 */

import { transpose, zeros } from '../matrix.ts';
import { scaleRows } from '../scale.ts';
import type { CompressionMethod } from './compression-method.ts';

export const svd: CompressionMethod = {
  name: 'svd',
  label: 'SVD',
  family: 'svd',
  rounding: 'ceil',
  lastLayer: 'keep',
  random: false,
  compress({ factors }, asked) {
    const rank = Math.min(asked, factors.s.length);
    // A layer needs an inner size of one at least, also where the weight is zero.
    if (rank === 0) return { left: zeros(factors.rows, 1), right: zeros(1, factors.cols), rank: 1 };
    const right = scaleRows(factors.vt(rank), factors.s);
    return { left: transpose(factors.ut(rank)), right, rank };
  },
};
