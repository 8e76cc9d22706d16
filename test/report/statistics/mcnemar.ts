/**
 * McNemar's exact test of a pair of classifiers: the one-sided mid-p value for 'this one is not better than the other'
 * (Fagerland, Lydersen & Laake, BMC Medical Research Methodology 13:91, 2013).
 */

import { incompleteBeta } from '../../../src/report/statistics/incomplete-beta.ts';

/** @param ahead images that only this one classifies correctly; `behind`: only the other one */
export function mcnemar(ahead: number, behind: number): number {
  const count = ahead + behind;
  // P(X >= k) for a fair coin.
  const atLeast = (k: number): number => (k <= 0 ? 1 : incompleteBeta(0.5, k, count - k + 1));
  const more = ahead + 1 > count ? 0 : atLeast(ahead + 1);
  return (atLeast(ahead) + more) / 2;
}
