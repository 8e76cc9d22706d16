/**
 * Tests of 'the method differs from SVD' for each method in each phase, corrected for their number.
 *
 * A method is better or worse if the two-sided p value, corrected by Holm over all methods and phases of the study,
 * is at most 5%. The sign of the difference decides which. The interval has the level at which the correction tests
 * this difference, so it excludes zero exactly if there is a verdict. Whether a difference matters is another
 * question; the interval shows how large it can be.
 */

import type { Comparison } from './comparison.ts';
import { intervalOf, twoSidedP } from './statistics/crossed-difference.ts';
import { holm, holmThresholds } from './statistics/holm.ts';

export type Verdict = 'better' | 'worse' | 'no difference shown' | 'not tested';

export interface Hypothesis extends Comparison {
  /** Null if it was not tested. */
  readonly test: HypothesisTest | null;
  readonly verdict: Verdict;
}

export interface HypothesisTest {
  /** Two-sided. */
  readonly p: number;
  /** Corrected for the number of tests. */
  readonly adjusted: number;
  /** The level of the interval: 0.95 for a single test, more for several. */
  readonly level: number;
  readonly lower: number;
  readonly upper: number;
}

export const ALPHA = 0.05;

export function judged(comparisons: readonly Comparison[]): readonly Hypothesis[] {
  const tested = comparisons.filter(({ estimate }) => estimate !== null);
  const values = tested.map(({ estimate }) => twoSidedP(estimate!));
  const corrected = holm(values);
  const thresholds = holmThresholds(values, ALPHA);
  return comparisons.map((comparison): Hypothesis => {
    const place = tested.indexOf(comparison);
    if (place < 0) return { ...comparison, test: null, verdict: 'not tested' };
    const [adjusted, threshold] = [corrected[place]!, thresholds[place]!];
    const { estimate } = comparison;
    const test = {
      p: values[place]!,
      adjusted,
      level: 1 - threshold,
      ...intervalOf(estimate!, threshold),
    };
    return { ...comparison, test, verdict: verdictOf(adjusted, estimate!.mean) };
  });
}

function verdictOf(adjusted: number, mean: number): Verdict {
  if (adjusted > ALPHA) return 'no difference shown';
  return mean > 0 ? 'better' : 'worse';
}

/** The number of tests that the correction is for. */
export function countTests(hypotheses: readonly Hypothesis[]): number {
  return hypotheses.filter(({ test }) => test !== null).length;
}
