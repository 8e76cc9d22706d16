/**
 * The measurements of one configuration (a method, a phase and a rate), aggregated over its draws and trained
 * networks, and the sweeps over rates that configurations form.
 */

import type { ByPart, Family, Protocol } from '../nn/evaluation-row.ts';
import type { Tuned } from '../nn/model/history.ts';
import { outputError } from './measure.ts';
import type { Measurement } from './measurement.ts';
import { type Reference, type ReferenceKind, referenceOf } from './reference.ts';
import { medianOf, type Spread, spreadOf } from './spread.ts';
import { compareRows, PROTOCOLS } from './study.ts';

/** The results of all seeds of one configuration. Numbers are medians unless their comment says otherwise. */
export interface Aggregate {
  readonly method: string;
  readonly label: string;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly tuned: Tuned | null;
  readonly phase: string;
  readonly rate: number | null;
  /** The measure of the study: the accuracy, or what stands in its place without labels. */
  readonly accuracy: Spread;
  /** Accuracy minus that of the uncompressed network from which each result stems; null without a baseline. */
  readonly gain: number | null;
  /** Accuracy minus that of the uncompressed network with the same training, and which network that is. */
  readonly margin: number | null;
  readonly reference: ReferenceKind | null;
  /** The number of trained networks, and whether the draws are random. */
  readonly networks: number;
  readonly isRandom: boolean;
  readonly agreement: number | null;
  readonly top5: number | null;
  /** The largest relative error of an output. */
  readonly outputError: number | null;
  /** Differs between seeds for CUR variants that draw a random number of columns. */
  readonly parameters: ByPart;
  readonly compression: {
    /** The true rate of the compressed layers together; null if unknown. */
    readonly layers: number | null;
    /** Null if the classifier has no parameters. */
    readonly classifier: number | null;
    readonly total: number;
  };
  readonly macs: number | null;
  readonly bytes: number | null;
}

/** In the order of the tables. */
export function aggregatesOf(rows: readonly Measurement[]): readonly Aggregate[] {
  const baselines = rows.filter(({ protocol }) => protocol === 'baseline');
  const key = (row: Measurement): string => JSON.stringify([row.method, row.phase, row.rate]);
  return groupBy([...rows].sort(compareRows), key).map((group) =>
    aggregate(group, baselines, referenceOf(group[0], rows)),
  );
}

function aggregate(
  rows: readonly [Measurement, ...Measurement[]],
  baselines: readonly Measurement[],
  reference: Reference | null,
): Aggregate {
  const { method, label, family, protocol, tuned, phase, rate } = rows[0];
  const median = (of: (row: Measurement) => number): number => medianOf(rows.map(of));
  const known = (of: (row: Measurement) => number | null): number | null => {
    const values = rows.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : medianOf(values);
  };
  const parts = (of: (row: Measurement) => ByPart): ByPart => ({
    features: median((row) => of(row).features),
    classifier: median((row) => of(row).classifier),
    total: median((row) => of(row).total),
  });
  return {
    method,
    label,
    family,
    protocol,
    tuned,
    phase,
    rate,
    accuracy: spreadOf(rows.map((row) => row.score)),
    gain: known((row) => accuracyAbove(row, baselines)),
    margin: known((row) => accuracyAbove(row, reference?.rows ?? [])),
    reference: reference?.kind ?? null,
    networks: new Set(rows.map(({ trainingSeed }) => trainingSeed)).size,
    isRandom: rows.some(({ seed }) => seed !== null),
    agreement: known((row) => row.agreement),
    top5: known((row) => row.top5),
    outputError: known(outputError),
    parameters: parts((row) => row.parameters),
    compression: {
      layers: known((row) => row.compression.achieved ?? null),
      classifier: known((row) => row.compression.classifier),
      total: median((row) => row.compression.total),
    },
    macs: known((row) => row.macs?.total ?? null),
    bytes: known((row) => row.bytes),
  };
}

/** The difference from the reference of the same training, or from the median of `references` if there is none. */
export function accuracyAbove(
  { score, trainingSeed }: Measurement,
  references: readonly Measurement[],
): number | null {
  if (references.length === 0) return null;
  const own = references.filter((row) => row.trainingSeed === trainingSeed);
  const fitting = own.length > 0 ? own : references;
  return score - medianOf(fitting.map((row) => row.score));
}

/** One method in one phase, at its rates in ascending order. */
export type Sweep = readonly [Aggregate, ...Aggregate[]];

export function sweepsOf(aggregates: readonly Aggregate[]): readonly Sweep[] {
  const compressed = aggregates.filter((aggregate) => aggregate.rate !== null);
  return groupBy(compressed, ({ method, phase }) => JSON.stringify([phase, method]));
}

/** The phases among these that compress; post-hoc first. */
export function phasesOf(aggregates: readonly Aggregate[]): readonly string[] {
  const compressed = aggregates.filter(({ rate }) => rate !== null);
  const order = ({ protocol }: Aggregate): number => PROTOCOLS.indexOf(protocol);
  return [
    ...new Set([...compressed].sort((a, b) => order(a) - order(b)).map(({ phase }) => phase)),
  ];
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
