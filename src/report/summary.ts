/**
 * What a study found: its configurations over all seeds, the baseline and the controls they are
 * compared with, each method's best compression rate, and every method against SVD. Words are made from
 * this in `sentences` and `warnings`.
 */

import { type Aggregate, aggregatesOf, type Sweep, sweepsOf } from './aggregate.ts';
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

/** The largest rate at which a method is as accurate as the baseline, within the tolerance. */
export interface BestRate {
  readonly method: string;
  readonly label: string;
  readonly phase: string;
  /** Null where no rate is within the tolerance. */
  readonly at: Aggregate | null;
  /** Smaller rates that are *not* within it: the curve is not monotone, so chance may have helped. */
  readonly failedBelow: readonly number[];
  /** No rate above 1 was tried, so that nothing was compressed. */
  readonly isUncompressed: boolean;
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
    best: baseline === null ? [] : sweeps.map((sweep) => bestRate(sweep, tolerance)),
    hypotheses: judged(compareWithSvd(study)),
    tolerance,
    colours,
  };
}

function bestRate(sweep: Sweep, tolerance: number): BestRate {
  const { method, label, phase } = sweep[0];
  // A billionth of slack: 0.994 - 0.005 is a hair above 0.989 in binary.
  const passes = ({ gain }: Aggregate): boolean => gain! >= -tolerance - 1e-9;
  const at = sweep.findLast(passes) ?? null;
  const below = at === null ? [] : sweep.slice(0, sweep.indexOf(at));
  return {
    method,
    label,
    phase,
    at,
    failedBelow: below.filter((aggregate) => !passes(aggregate)).map(({ rate }) => rate!),
    isUncompressed: sweep.every(({ rate }) => rate! <= 1),
  };
}
