/** The order of methods in legends: that of their curves, the best first. */

import { type Aggregate, phasesOf, sweepsOf } from './aggregate.ts';

/** By the mean accuracy in the first phase, at the rates that all methods have there, or at its own if there are none. */
export function methodsByCurve(aggregates: readonly Aggregate[]): readonly string[] {
  const [first] = phasesOf(aggregates);
  const sweeps = sweepsOf(aggregates);
  const shown = sweeps.filter(([{ phase }]) => phase === first);
  const rates = shown.map((sweep) => new Set(sweep.map(({ rate }) => rate)));
  const isShared = ({ rate }: Aggregate): boolean => rates.every((known) => known.has(rate));
  const meanOf = (sweep: readonly Aggregate[]): number => {
    const shared = sweep.filter(isShared);
    const compared = shared.length === 0 ? sweep : shared;
    return compared.reduce((sum, { accuracy }) => sum + accuracy.median, 0) / compared.length;
  };
  const sorted = [...shown].sort((a, b) => meanOf(b) - meanOf(a));
  return [...new Set([...sorted, ...sweeps].map(([{ method }]) => method))];
}
