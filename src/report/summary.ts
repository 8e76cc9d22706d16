/**
 * What a study found: its configurations over all seeds, the baseline and the controls they are
 * compared with, each method's best compression rate, and every method against SVD. Words are made from
 * this in `sentences` and `warnings`.
 */

import { type Aggregate, aggregatesOf, sweepsOf } from './aggregate.ts';
import { type BestRate, bestRate } from './best-rate.ts';
import type { Colours } from './charts/palette.ts';
import { compareWithSvd } from './comparison.ts';
import { type Hypothesis, judged } from './hypotheses.ts';
import type { Study } from './study.ts';

export interface Summary {
  readonly study: Study;
  /** One a (method, phase, rate), in the order of the tables. */
  readonly aggregates: readonly Aggregate[];
  readonly baseline: Aggregate | null;
  /** The uncompressed network, trained further by the budget of the fine-tuned ones. */
  readonly controls: readonly Aggregate[];
  readonly best: readonly BestRate[];
  readonly hypotheses: readonly Hypothesis[];
  readonly tolerance: number;
  /** Of methods, where others than the usual ones are asked for. */
  readonly colours: Colours;
}

/** Half a percentage point. */
const DEFAULT_TOLERANCE = 0.005;

export function summarise(
  study: Study,
  tolerance: number = DEFAULT_TOLERANCE,
  colours: Colours = {},
): Summary {
  const aggregates = aggregatesOf(study.rows);
  const baseline = aggregates.find((aggregate) => aggregate.protocol === 'baseline') ?? null;
  const sweeps = sweepsOf(aggregates);
  return {
    study,
    aggregates,
    baseline,
    controls: aggregates.filter((aggregate) => aggregate.protocol === 'control'),
    best: sweeps.flatMap((sweep) => bestRate(sweep, tolerance) ?? []),
    hypotheses: judged(compareWithSvd(study)),
    tolerance,
    colours,
  };
}
