/** The times of a configuration for a batch: medians over its models, beside those of the original. */
import { type Aggregate, groupBy } from './aggregate.ts';
import {
  type BatchLatency,
  isNoisy,
  isOfRow,
  type Latencies,
  type LatencyRow,
  type Quartiles,
  type Speed,
  speedOf,
} from './latency.ts';
import { medianOf } from './spread.ts';
import type { Study } from './study.ts';

export interface Timing extends Pick<BatchLatency, 'batch' | 'time' | 'memory' | 'runs'> {
  readonly of: Aggregate;
  readonly threads: number;
  /** Null for an original, and if it was not measured. */
  readonly compared: Compared | null;
  readonly bytes: number;
  /** Whether the measurement of one of its models is noisy. */
  readonly isNoisy: boolean;
}

export interface Compared {
  readonly original: Quartiles;
  /** The time divided by that of the original. */
  readonly ratio: number;
  readonly speed: Speed;
}

/** In the order of the tables: by configuration, then threads and batch. */
export function timingsOf(study: Study, aggregates: readonly Aggregate[]): readonly Timing[] {
  return aggregates.flatMap((of) => {
    const rows = study.rows.filter(
      ({ method, phase, rate }) => method === of.method && phase === of.phase && rate === of.rate,
    );
    const isOf = (latency: LatencyRow) =>
      rows.some((row) => isOfRow(latency, { ...row, method: row.base }));
    const all = [...study.latencies]
      .sort((a, b) => a.threads - b.threads)
      .flatMap((latencies) => measuredIn(latencies, isOf));
    const groups = groupBy(all, ({ threads, batch }) => JSON.stringify([threads, batch]));
    return groups.map((group) => timingOf(of, group));
  });
}

interface Measured extends BatchLatency {
  readonly threads: number;
  readonly bytes: number;
}

function measuredIn(
  { models, threads }: Latencies,
  isOf: (latency: LatencyRow) => boolean,
): readonly Measured[] {
  return models
    .filter(isOf)
    .flatMap(({ batches, bytes }) => batches.map((batch) => ({ ...batch, threads, bytes })));
}

function timingOf(of: Aggregate, group: readonly [Measured, ...Measured[]]): Timing {
  const { batch, threads } = group[0];
  const time = mediansOf(group.map((one) => one.time));
  const originals = group.flatMap(({ original }) => original ?? []);
  const original = originals.length === 0 ? null : mediansOf(originals);
  return {
    of,
    batch,
    threads,
    time,
    compared: original && {
      original,
      ratio: time.median / original.median,
      speed: speedOf(time, original),
    },
    runs: group.reduce((sum, { runs }) => sum + runs, 0),
    memory: medianOf(group.map(({ memory }) => memory)),
    bytes: medianOf(group.map(({ bytes }) => bytes)),
    isNoisy: group.some(isNoisy),
  };
}

function mediansOf(all: readonly Quartiles[]): Quartiles {
  return {
    lowerQuartile: medianOf(all.map(({ lowerQuartile }) => lowerQuartile)),
    median: medianOf(all.map(({ median }) => median)),
    upperQuartile: medianOf(all.map(({ upperQuartile }) => upperQuartile)),
  };
}
