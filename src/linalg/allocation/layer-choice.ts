/**
 * What can be chosen for a layer: ranks with what they cost and lose, or to leave it as it is.
 *
 * Any kind of layer and any measure of loss fits, as long as the losses of different layers may be
 * added: here relative squared errors, ||A - A'||_F^2 / ||A||_F^2, so that all layers weigh the same.
 */

import type { LayerFactors } from '../factors.ts';

export interface Candidate {
  /** At least 1. */
  readonly rank: number;
  /** Weights stored, without the bias: a positive integer. */
  readonly parameters: number;
  /** What is lost, relative to all there is: from 0 to 1. */
  readonly squaredError: number;
}

export interface LayerChoice {
  readonly name: string;
  /** The layer's own weights: what it takes to leave it alone, and lose nothing. */
  readonly whole: number;
  /** In any order. */
  readonly candidates: readonly Candidate[];
}

/** Ranks by the names of the layers; one that has none stays whole. */
export type Ranks = ReadonlyMap<string, number>;

export interface Allocation {
  readonly ranks: Ranks;
  /** Of all layers together, those that stay whole included. */
  readonly parameters: number;
  /** The sum of what the layers lose. */
  readonly squaredError: number;
}

/**
 * The choice that an m x n layer's singular values give: each rank that is known and smaller than the
 * layer, with the least error that a matrix of it has. Never empty, unless rank 1 is no smaller.
 *
 * `parameters` says what a rank stores: k (m + n), if left out. Energy that no known singular value
 * accounts for counts as lost, unless it is rounding (below 1e-12 of all).
 */
export function spectralChoice(
  name: string,
  { rows, cols, s, squaredNorm }: Pick<LayerFactors, 'rows' | 'cols' | 's' | 'squaredNorm'>,
  parameters: (rank: number) => number = (rank) => rank * (rows + cols),
): LayerChoice {
  const known = s.reduce((sum, value) => sum + value ** 2, 0);
  const unknown = squaredNorm - known;
  const candidates: Candidate[] = [];
  // From the smallest on, so that small tails keep their figures.
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

/** What is chosen, added up: a candidate, or nothing where the layer stays whole. */
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
