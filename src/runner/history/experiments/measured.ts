/** The metrics of a result as lines. Files with one row belong to the same line. */
import type { Pipeline } from '../../graph/pipeline.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { type Metric, readMetricFiles } from '../metrics.ts';
import type { PastResult } from './past-results.ts';

export interface MeasuredLine {
  /** The name of the row, if the metrics are a list. */
  readonly row?: string;
  readonly values: Readonly<Record<string, Metric>>;
}

export interface Measured {
  readonly result: PastResult;
  readonly lines: readonly MeasuredLine[];
}

/** Reads each result once, however many runs it is in. */
export class MetricReader {
  /** Files that should contain metrics and can't be read, with their stage. */
  readonly unread = new Set<string>();
  private readonly store: ObjectStore;
  private readonly declared: ReadonlyMap<string, readonly string[]>;
  private readonly known = new Map<string, readonly MeasuredLine[]>();

  constructor({ stages }: Pipeline, store: ObjectStore) {
    this.store = store;
    // Past instances declare the same metrics as those that exist now.
    this.declared = new Map(stages.map(({ name, metrics }) => [name, metrics]));
  }

  read(result: PastResult): Measured {
    const id = identityOf(result);
    let lines = this.known.get(id);
    if (!lines) {
      lines = this.readLines(result);
      this.known.set(id, lines);
    }
    return { result, lines };
  }

  private readLines({ stage, name, outputs }: PastResult): readonly MeasuredLine[] {
    const metrics = this.declared.get(name) ?? [];
    const { rows, unread } = readMetricFiles({ metrics }, outputs, this.store);
    for (const file of unread) this.unread.add(`${file} of ${stage}`);
    const single: Record<string, Metric> = Object.create(null);
    const lines: MeasuredLine[] = [];
    for (const { file, row, values } of rows) {
      if (row !== undefined) lines.push({ row, values });
      else {
        for (const [metric, value] of Object.entries(values)) {
          single[metric in single ? `${file} ${metric}` : metric] = value;
        }
      }
    }
    return Object.keys(single).length > 0 ? [{ values: single }, ...lines] : lines;
  }
}

/** Results with the same key differ only if a stage does not always write the same bytes. */
export function identityOf({ key, outputs }: PastResult): string {
  return `${key} ${Object.values(outputs).join(' ')}`;
}
