/**
 * The Pareto front: the configurations that no other beats in both accuracy and cost. It includes the uncompressed
 * network.
 */

import type { Aggregate } from './aggregate.ts';

export type Cost = 'parameters' | 'macs';

/** Null if it was not counted. */
export function costOf({ parameters, macs }: Aggregate, cost: Cost): number | null {
  return cost === 'parameters' ? parameters.total : macs;
}

/** By rising cost. Each is more accurate than the one before. */
export function paretoFront(aggregates: readonly Aggregate[], cost: Cost): readonly Aggregate[] {
  const known = aggregates.filter((one) => costOf(one, cost) !== null);
  const sorted = [...known].sort(
    (a, b) => costOf(a, cost)! - costOf(b, cost)! || b.accuracy.median - a.accuracy.median,
  );
  const front: Aggregate[] = [];
  for (const one of sorted) {
    const last = front.at(-1);
    if (last === undefined || one.accuracy.median > last.accuracy.median) front.push(one);
  }
  return front;
}
