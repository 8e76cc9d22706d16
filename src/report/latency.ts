/** Times of models for a batch. Each compressed model ran in turn with its original. */
import type { EvaluationRow } from '../nn/evaluation-row.ts';
import { type Spread, spreadOf } from './spread.ts';

/** The fields of a row of scores that say which model it is. */
type Identity = Required<
  Pick<
    EvaluationRow,
    | ('model' | 'trainingSeed' | 'method' | 'label' | 'family' | 'protocol' | 'tuned')
    | ('scheme' | 'allocation' | 'rate' | 'seed')
  >
>;

/** What one stage measured. */
export interface Latencies {
  /** Where the times hold. */
  readonly processor: string;
  readonly onnxruntime: string;
  readonly threads: number;
  readonly models: readonly LatencyRow[];
}

export interface LatencyRow extends Identity {
  /** Null if the model belongs to no data set. */
  readonly dataset: string | null;
  /** The size of its files. */
  readonly bytes: number;
  readonly batches: readonly BatchLatency[];
}

export interface BatchLatency {
  readonly batch: number;
  /** Milliseconds for a batch. */
  readonly time: Quartiles;
  /** Of the original, in turn with this model; null if it was not measured, or if this is the original. */
  readonly original: Quartiles | null;
  /** The number of runs. */
  readonly runs: number;
  /** The most bytes in memory, above those before the model was loaded. */
  readonly memory: number;
  /** The share of the machine that other programs used meanwhile. */
  readonly othersLoad: number;
}

/** A text that identifies a model, whatever data it was scored on. The defaults are those of scores. */
export function modelKey(row: EvaluationRow | LatencyRow): string {
  const { model, trainingSeed = null, method, scheme = null, allocation = 'uniform' } = row;
  const { protocol, tuned = null, rate, seed } = row;
  const made = [method, scheme, allocation, protocol, tuned, rate, seed];
  return JSON.stringify([model, trainingSeed, ...made]);
}

/** Whether the times are those of the model of the row. A model without a data set may be scored on several. */
export function isOfRow(latency: LatencyRow, row: EvaluationRow): boolean {
  const { dataset } = latency;
  return (dataset === null || dataset === row.dataset) && modelKey(latency) === modelKey(row);
}

export type Quartiles = Pick<Spread, 'lowerQuartile' | 'median' | 'upperQuartile'>;

export function quartilesOf(values: readonly number[]): Quartiles {
  const { lowerQuartile, median, upperQuartile } = spreadOf(values);
  return { lowerQuartile, median, upperQuartile };
}

/** The range between the quartiles of a quiet measurement is at most this share of the median. */
const QUIET_SPREAD = 0.1;
/** Other programs use at most this share of the machine during a quiet measurement. */
const QUIET_LOAD = 0.1;

export function relativeSpread({ lowerQuartile, median, upperQuartile }: Quartiles): number {
  return (upperQuartile - lowerQuartile) / median;
}

export function isNoisy({ time, original, othersLoad }: Omit<BatchLatency, 'batch'>): boolean {
  const spread = Math.max(relativeSpread(time), original ? relativeSpread(original) : 0);
  return spread > QUIET_SPREAD || othersLoad > QUIET_LOAD;
}

export type Speed = 'faster' | 'slower' | 'no difference shown';

/** A model is faster or slower if its quartiles and those of the original do not overlap. */
export function speedOf(time: Quartiles, original: Quartiles): Speed {
  if (time.lowerQuartile > original.upperQuartile) return 'slower';
  if (time.upperQuartile < original.lowerQuartile) return 'faster';
  return 'no difference shown';
}
