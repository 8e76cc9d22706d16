/** How the ranks of a compression are asked for: by exactly one of a rate, a rank or an energy. */
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
      v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Instead: the rank itself.')),
    ),
    null,
  ),
  energy: v.optional(
    v.nullable(
      v.pipe(
        v.number(),
        v.gtValue(0),
        v.maxValue(1),
        v.description('Instead: the share of ||A||_F^2 that the singular values kept hold.'),
      ),
    ),
    null,
  ),
  allocation: v.optional(
    v.pipe(
      v.picklist(['uniform', 'budget']),
      v.description(
        'A rate for each layer; or one for all together, shared out so that the sum of the squared relative errors is least.',
      ),
    ),
    'uniform',
  ),
};
