/**
 * The choices for a layer: some ranks, and the whole layer in 8 bits, each with its cost and its loss, or no change.
 *
 * This fits any kind of layer and any measure of loss, if the losses of different layers can be added. Here they are
 * relative squared errors, ||A - A'||_F^2 / ||A||_F^2, so that all layers have the same weight.
 */

import type { LayerFactors } from '../factors.ts';

export interface Candidate {
  /** At least 1; null for the whole layer. */
  readonly rank: number | null;
  /** Stored in 8 bits. */
  readonly int8?: true;
  /** Of the stored weights, without the bias, in the unit of the budget: a positive integer. */
  readonly cost: number;
  /** The share that is lost: from 0 to 1. */
  readonly squaredError: number;
}

export interface LayerChoice {
  readonly name: string;
  /** The cost of the unchanged layer, which loses nothing. */
  readonly whole: number;
  /** In any order. */
  readonly candidates: readonly Candidate[];
}

/** Ranks by layer name. A layer without a rank stays whole. */
export type Ranks = ReadonlyMap<string, number>;

export interface Allocation {
  readonly ranks: Ranks;
  /** The layers that are stored in 8 bits, whole or factored. */
  readonly int8: ReadonlySet<string>;
  /** The cost of all layers together, including the unchanged ones. */
  readonly cost: number;
  /** The sum of the losses of the layers. */
  readonly squaredError: number;
}

/**
 * The choice that the singular values of an m x n layer give: each known rank that makes the layer smaller, with the
 * least error of a matrix of this rank. Never empty, unless rank 1 makes the layer no smaller.
 *
 * `cost` gives the cost of a rank, by default the weights k (m + n), and `whole` that of the layer. Energy outside the known singular values
 * counts as lost, unless it is rounding (below 1e-12 of the total).
 */
export function spectralChoice(
  name: string,
  { rows, cols, s, squaredNorm }: Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>,
  cost: (rank: number) => number = (rank) => rank * (rows + cols),
  whole = rows * cols,
): LayerChoice {
  const known = s.reduce((sum, value) => sum + value ** 2, 0);
  const unknown = squaredNorm - known;
  const candidates: Candidate[] = [];
  // Starts from the smallest, so that small tails keep their digits.
  let tail = unknown > 1e-12 * squaredNorm ? unknown : 0;
  for (let rank = Math.max(1, s.length); rank > 0; rank--) {
    const squaredError = tail === 0 ? 0 : Math.min(1, tail / squaredNorm);
    candidates.push({ rank, cost: cost(rank), squaredError });
    tail += (s[rank - 1] ?? 0) ** 2;
  }
  return {
    name,
    whole,
    candidates: candidates.filter((one) => one.cost < whole).reverse(),
  };
}

/** The sum of the chosen options: a candidate, or nothing for an unchanged layer. */
export function allocation(
  layers: readonly LayerChoice[],
  chosen: readonly (Candidate | undefined)[],
): Allocation {
  const ranks = new Map<string, number>();
  const int8 = new Set<string>();
  let cost = 0;
  let squaredError = 0;
  layers.forEach(({ name, whole }, index) => {
    const candidate = chosen[index];
    if (candidate && candidate.rank !== null) ranks.set(name, candidate.rank);
    if (candidate?.int8) int8.add(name);
    cost += candidate?.cost ?? whole;
    squaredError += candidate?.squaredError ?? 0;
  });
  return { ranks, int8, cost, squaredError };
}
