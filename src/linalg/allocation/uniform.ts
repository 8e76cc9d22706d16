/** The same nominal rate for every layer, as the published experiment does, but never a layer that grows by it. */

import { factoredParameters, type Rounding, rankForRate } from '../rank.ts';
import type { Ranks } from './layer-choice.ts';

export interface UniformLayer {
  readonly name: string;
  /** m. */
  readonly rows: number;
  /** n. */
  readonly cols: number;
  /** How many singular values are known, where that limits the rank. */
  readonly known?: number;
}

/**
 * The rank for `rate` (> 0) of each m x n layer, by factors m x k and k x n. A layer stays whole where its
 * factors would be as large, k (m + n) >= m n.
 */
export function uniformRanks(
  layers: readonly UniformLayer[],
  rate: number,
  rounding: Rounding,
): Ranks {
  const ranks = new Map<string, number>();
  for (const { name, rows, cols, known = Math.min(rows, cols) } of layers) {
    const rank = Math.min(rankForRate(rows, cols, rate, rounding), Math.max(1, known));
    if (factoredParameters(rows, cols, rank) < rows * cols) ranks.set(name, rank);
  }
  return ranks;
}
