/**
 * The measurements of one configuration - a method, a protocol and a rate - put together over its
 * seeds, and the sweeps over rates that configurations form.
 */

import type { EvaluationRow, Family, Protocol } from './results.ts';
import { medianOf, type Spread, spreadOf } from './spread.ts';
import { compareRows } from './study.ts';

/** What the seeds of one configuration gave. */
export interface Aggregate {
  readonly method: string;
  readonly label: string;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly rate: number | null;
  readonly accuracy: Spread;
  /** Median; null where no row has it. */
  readonly agreement: number | null;
  /** Medians: CUR variants that draw a random number of columns differ from seed to seed. */
  readonly parameters: EvaluationRow['parameters'];
  readonly compression: { readonly classifier: number; readonly total: number };
}

/** In the order of the tables. */
export function aggregatesOf(rows: readonly EvaluationRow[]): readonly Aggregate[] {
  const key = (row: EvaluationRow): string => `${row.method} ${row.protocol} ${row.rate}`;
  return groupBy([...rows].sort(compareRows), key).map(aggregate);
}

function aggregate(rows: readonly [EvaluationRow, ...EvaluationRow[]]): Aggregate {
  const { method, label, family, protocol, rate } = rows[0];
  const median = (of: (row: EvaluationRow) => number): number => medianOf(rows.map(of));
  const agreements = rows.flatMap(({ agreement }) => (agreement === null ? [] : [agreement]));
  return {
    method,
    label,
    family,
    protocol,
    rate,
    accuracy: spreadOf(rows.map((row) => row.accuracy)),
    agreement: agreements.length === 0 ? null : medianOf(agreements),
    parameters: {
      features: median((row) => row.parameters.features),
      classifier: median((row) => row.parameters.classifier),
      total: median((row) => row.parameters.total),
    },
    compression: {
      classifier: median((row) => row.compression.classifier),
      total: median((row) => row.compression.total),
    },
  };
}

/** One method under one protocol, at its rates from small to large. */
export type Sweep = readonly [Aggregate, ...Aggregate[]];

export function sweepsOf(aggregates: readonly Aggregate[]): readonly Sweep[] {
  const compressed = aggregates.filter((aggregate) => aggregate.rate !== null);
  return groupBy(compressed, ({ method, protocol }) => `${protocol} ${method}`);
}

/** The protocols that compress, among these; post-hoc first. */
export function protocolsOf(aggregates: readonly Aggregate[]): readonly Protocol[] {
  return (['posthoc', 'finetuned'] as const).filter((protocol) =>
    aggregates.some((aggregate) => aggregate.protocol === protocol),
  );
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
