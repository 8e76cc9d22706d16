/**
 * 'The method beats SVD', for each method in each phase: what the tests say when they are taken together.
 *
 * A method is better or worse where the one-sided p value of that direction, corrected by Holm over all
 * methods and phases of the study, is at most 2.5%: so that without the correction a verdict is what the
 * 95% interval shows. Whether a difference matters is another question; the interval tells how large
 * it can be.
 */

import type { Comparison } from './comparison.ts';
import type { Estimate } from './statistics/crossed-difference.ts';
import { holm } from './statistics/holm.ts';

export type Verdict = 'better' | 'worse' | 'no difference shown' | 'not tested';

export interface Hypothesis extends Comparison {
  /** That it is no better than SVD, corrected; null where it was not tested. */
  readonly adjusted: number | null;
  readonly verdict: Verdict;
}

export const LEVEL = 0.025;

export function judged(comparisons: readonly Comparison[]): readonly Hypothesis[] {
  const tested = comparisons.filter(({ estimate }) => estimate !== null);
  const corrected = (p: (estimate: Estimate) => number): ReadonlyMap<Comparison, number> => {
    const adjusted = holm(tested.map(({ estimate }) => p(estimate!)));
    return new Map(tested.map((comparison, i) => [comparison, adjusted[i]!]));
  };
  const above = corrected(({ pAbove }) => pAbove);
  const below = corrected(({ pBelow }) => pBelow);
  return comparisons.map((comparison) => {
    const adjusted = above.get(comparison) ?? null;
    return { ...comparison, adjusted, verdict: verdict(adjusted, below.get(comparison) ?? null) };
  });
}

function verdict(above: number | null, below: number | null): Verdict {
  if (above === null || below === null) return 'not tested';
  if (above <= LEVEL) return 'better';
  return below <= LEVEL ? 'worse' : 'no difference shown';
}
