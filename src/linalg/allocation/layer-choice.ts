/**
 * The choices for a layer: some ranks, each with its parameters and its loss, or no change.
 *
 * This fits any kind of layer and any measure of loss, if the losses of different layers can be added. Here they are
 * relative squared errors, ||A - A'||_F^2 / ||A||_F^2, so that all layers have the same weight.
 */

import type { LayerFactors } from '../factors.ts';

export interface Candidate {
  /** At least 1. */
  readonly rank: number;
  /** Stored weights, without the bias: a positive integer. */
  readonly parameters: number;
  /** The share that is lost: from 0 to 1. */
  readonly squaredError: number;
}

export interface LayerChoice {
  readonly name: string;
  /** The weights of the unchanged layer, which loses nothing. */
  readonly whole: number;
  /** In any order. */
  readonly candidates: readonly Candidate[];
}

/** Ranks by layer name. A layer without a rank is left unchanged. */
export type Ranks = ReadonlyMap<string, number>;

export interface Allocation {
  readonly ranks: Ranks;
  /** The parameters of all layers together, including the unchanged ones. */
  readonly parameters: number;
  /** The sum of the losses of the layers. */
  readonly squaredError: number;
}

/**
 * The choice that the singular values of an m x n layer give: each known rank that makes the layer smaller, with the
 * least error of a matrix of this rank. Never empty, unless rank 1 makes the layer no smaller.
 *
 * `parameters` gives the weights stored for a rank; by default k (m + n). Energy outside the known singular values
 * counts as lost, unless it is rounding (below 1e-12 of the total).
 */
export function spectralChoice(
  name: string,
  { rows, cols, s, squaredNorm }: Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>,
  parameters: (rank: number) => number = (rank) => rank * (rows + cols),
): LayerChoice {
  const known = s.reduce((sum, value) => sum + value ** 2, 0);
  const unknown = squaredNorm - known;
  const candidates: Candidate[] = [];
  // Starts from the smallest, so that small tails keep their digits.
  let tail = unknown > 1e-12 * squaredNorm ? unknown : 0;
  for (let rank = Math.max(1, s.length); rank > 0; rank--) {
    const squaredError = tail === 0 ? 0 : Math.min(1, tail / squaredNorm);
    candidates.push({ rank, parameters: parameters(rank), squaredError });
    tail += (s[rank - 1] ?? 0) ** 2;
  }
  const whole = rows * cols;
  return {
    name,
    whole,
    candidates: candidates.filter((one) => one.parameters < whole).reverse(),
  };
}

/** The sum of the chosen options: a candidate, or nothing for an unchanged layer. */
export function allocation(
  layers: readonly LayerChoice[],
  chosen: readonly (Candidate | undefined)[],
): Allocation {
  const ranks = new Map<string, number>();
  let parameters = 0;
  let squaredError = 0;
  layers.forEach(({ name, whole }, index) => {
    const candidate = chosen[index];
    if (candidate !== undefined) ranks.set(name, candidate.rank);
    parameters += candidate?.parameters ?? whole;
    squaredError += candidate?.squaredError ?? 0;
  });
  return { ranks, parameters, squaredError };
}
