/** Ranks by the share of its energy that each layer keeps, at any cost. */

import { type Allocation, allocation, type LayerChoice } from './layer-choice.ts';

/**
 * For each layer, the candidate with the least cost that keeps at least `tau` of the layer's energy. For
 * singular values, this is the smallest k with s_1^2 + ... + s_k^2 >= tau ||A||_F^2. A layer is left unchanged if no
 * candidate that is smaller than the layer keeps as much.
 */
export function energyRanks(layers: readonly LayerChoice[], tau: number): Allocation {
  if (!(tau >= 0 && tau <= 1))
    throw new RangeError(`a part of the energy is from 0 to 1, not ${tau}`);
  return allocation(
    layers,
    layers.map(({ whole, candidates }) =>
      candidates
        .filter((one) => one.cost < whole && one.squaredError <= 1 - tau)
        .reduce<(typeof candidates)[number] | undefined>(
          (least, one) => (least && least.cost <= one.cost ? least : one),
          undefined,
        ),
    ),
  );
}
