/** How the ranks of a compression are given: by exactly one of a rate, a rank or an energy. */
import * as v from 'valibot';

export const rankParameters = {
  rate: v.optional(
    v.nullable(
      v.pipe(
        v.number(),
        v.minValue(1),
        v.description('Nominal compression rate CR = mn / (k (m + n)) of each layer.'),
      ),
    ),
    null,
  ),
  rank: v.optional(
    v.nullable(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.description('The rank, instead of a rate.')),
    ),
    null,
  ),
  energy: v.optional(
    v.nullable(
      v.pipe(
        v.number(),
        v.gtValue(0),
        v.maxValue(1),
        v.description('The share of ||A||_F^2 to keep in the singular values, instead of a rate.'),
      ),
    ),
    null,
  ),
  allocation: v.optional(
    v.pipe(
      v.picklist(['uniform', 'budget']),
      v.description(
        'Whether the rate applies to each layer, or to all layers together. In the second case the ranks minimize the sum of the squared relative errors.',
      ),
    ),
    'uniform',
  ),
};

export type RankAsked = Readonly<Record<'rate' | 'rank' | 'energy', number | null>>;

/** How many of the three are given. */
export function countAsked({ rate, rank, energy }: RankAsked): number {
  return [rate, rank, energy].filter((one) => one !== null).length;
}
