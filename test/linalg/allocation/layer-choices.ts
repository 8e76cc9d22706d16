/** Random layers to choose ranks for, and all their choices. */

import {
  type Candidate,
  type LayerChoice,
  spectralChoice,
} from '../../../src/linalg/allocation/layer-choice.ts';
import type { RandomStream } from '../../../src/linalg/random.ts';

/** Random costs and errors: neither convex nor monotone. */
export function wildChoice(name: string, random: RandomStream): LayerChoice {
  const candidates = Array.from({ length: 1 + random.integer(4) }, (_, i) => ({
    rank: i + 1,
    cost: 1 + random.integer(60),
    squaredError: random.uniform(),
  }));
  return { name, whole: 10 + random.integer(60), candidates };
}

/** An m x n layer whose singular values decay like i^-power. */
export function decayingChoice(
  name: string,
  [rows, cols]: readonly [number, number],
  power: number,
): LayerChoice {
  const s = Float64Array.from({ length: Math.min(rows, cols) }, (_, i) => (i + 1) ** -power);
  const squaredNorm = s.reduce((sum, value) => sum + value ** 2, 0);
  return spectralChoice(name, { rows, cols, s, squaredNorm });
}

export interface Total {
  readonly cost: number;
  readonly squaredError: number;
}

/** The cost and the loss of each choice of all layers. */
export function everyChoice(layers: readonly LayerChoice[]): readonly Total[] {
  return layers.reduce<readonly Total[]>(
    (totals, { whole, candidates }) => {
      const options: readonly Omit<Candidate, 'rank'>[] = [
        ...candidates,
        { cost: whole, squaredError: 0 },
      ];
      return totals.flatMap((total) =>
        options.map((option) => ({
          cost: total.cost + option.cost,
          squaredError: total.squaredError + option.squaredError,
        })),
      );
    },
    [{ cost: 0, squaredError: 0 }],
  );
}
