/**
 * What a study found: its configurations over all seeds, the baseline and the control they are
 * compared with, each method's best compression rate, and CUR against SVD. Words are made from this in
 * `sentences` and `warnings`.
 */

import { type Aggregate, aggregatesOf, type Sweep, sweepsOf } from './aggregate.ts';
import { type Comparison, compareOnParameters } from './comparison.ts';
import type { Protocol } from './results.ts';
import type { Study } from './study.ts';

export interface Summary {
  readonly study: Study;
  /** One a (method, protocol, rate), in the order of the tables. */
  readonly aggregates: readonly Aggregate[];
  readonly baseline: Aggregate | null;
  /** The uncompressed network, trained further by the budget of the fine-tuned ones. */
  readonly control: Aggregate | null;
  readonly best: readonly BestRate[];
  readonly comparisons: readonly Comparison[];
  readonly tolerance: number;
}

/** The largest rate at which a method is as accurate as the baseline, within the tolerance. */
export interface BestRate {
  readonly method: string;
  readonly label: string;
  readonly protocol: Protocol;
  /** Null where no rate is within the tolerance. */
  readonly at: Aggregate | null;
  /** Smaller rates that are *not* within it: the curve is not monotone, so chance may have helped. */
  readonly failedBelow: readonly number[];
}

/** Half a percentage point. */
export const DEFAULT_TOLERANCE = 0.005;

export function summarise(study: Study, tolerance: number = DEFAULT_TOLERANCE): Summary {
  const aggregates = aggregatesOf(study.rows);
  const baseline = aggregates.find((aggregate) => aggregate.protocol === 'baseline') ?? null;
  const control = aggregates.find((aggregate) => aggregate.protocol === 'control') ?? null;
  const sweeps = sweepsOf(aggregates);
  return {
    study,
    aggregates,
    baseline,
    control,
    best: baseline === null ? [] : sweeps.map((sweep) => bestRate(sweep, baseline, tolerance)),
    comparisons: compareOnParameters(sweeps),
    tolerance,
  };
}

function bestRate(sweep: Sweep, baseline: Aggregate, tolerance: number): BestRate {
  const { method, label, protocol } = sweep[0];
  // A billionth of slack: 0.994 - 0.005 is a hair above 0.989 in binary.
  const least = baseline.accuracy.median - tolerance - 1e-9;
  const passes = ({ accuracy }: Aggregate): boolean => accuracy.median >= least;
  const at = sweep.findLast(passes) ?? null;
  const below = at === null ? [] : sweep.slice(0, sweep.indexOf(at));
  return {
    method,
    label,
    protocol,
    at,
    failedBelow: below.filter((aggregate) => !passes(aggregate)).map(({ rate }) => rate!),
  };
}
