/**
 * The summary of a study: its configurations over all seeds, the baseline and the controls that they are compared
 * with, the best compression rate of each method, and the comparison of every method with SVD. `sentences` and
 * `warnings` turn it into words.
 */

import { type Aggregate, aggregatesOf, sweepsOf } from './aggregate.ts';
import { type BestRate, bestRate } from './best-rate.ts';
import { type Looks, looksOf } from './charts/palette.ts';
import { compareWithInt8, compareWithSvd } from './comparison.ts';
import { type Hypothesis, judged } from './hypotheses.ts';
import { methodsByCurve } from './method-order.ts';
import type { Study } from './study.ts';
import { type Timing, timingsOf } from './timings.ts';

export interface Summary {
  readonly study: Study;
  /** One per (method, phase, rate), in the order of the tables. */
  readonly aggregates: readonly Aggregate[];
  readonly baseline: Aggregate | null;
  /** The uncompressed network, trained further with the budget of the fine-tuned ones. */
  readonly controls: readonly Aggregate[];
  readonly best: readonly BestRate[];
  readonly hypotheses: readonly Hypothesis[];
  /** Methods in 8 bits against 8 bits alone, at equal bytes. A question of its own, with its own correction. */
  readonly inBytes: readonly Hypothesis[];
  /** One for each configuration and batch that was measured. */
  readonly timings: readonly Timing[];
  readonly tolerance: number;
  /** The looks of the methods that compress, in the order of their curves. */
  readonly looks: Looks;
}

/** Half a percentage point. */
const DEFAULT_TOLERANCE = 0.005;

/** @param looks of all methods of the report, so that a method has one look in all its studies */
export function summarise(
  study: Study,
  tolerance: number = DEFAULT_TOLERANCE,
  looks: Looks = looksOf(study.rows),
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
    inBytes: judged(compareWithInt8(study)),
    timings: timingsOf(study, aggregates),
    tolerance,
    looks: new Map(methodsByCurve(aggregates).map((method) => [method, looks.get(method)!])),
  };
}
