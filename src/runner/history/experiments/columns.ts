/** Names the columns of the table of experiments. */
import type { Pipeline } from '../../graph/pipeline.ts';
import type { JoinedRow } from './joined-rows.ts';
import type { PastResult } from './past-results.ts';

/**
 * `about`: the run and its program. `word`: a metric that names something. `axis`, `word` and `parameter` tell rows
 * apart.
 */
export type ColumnKind = 'about' | 'axis' | 'word' | 'parameter' | 'metric';

export interface ExperimentColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Where a row came from, besides its key. */
export const ABOUT = ['name', 'run', 'time', 'commit', 'changed', 'version', 'current'] as const;

/**
 * Returns the name of the column for a metric of a stage. Stages share a column, unless their metrics are in the same
 * row. Then it is that of the stage with the most axes, or of the last one: `accuracy` is that of `evaluate`, and the
 * other one is `train.accuracy`.
 */
export function metricNames(
  rows: readonly JoinedRow[],
  { stages }: Pipeline,
): (stage: string, metric: string) => string {
  const order = new Map(stages.map(({ name }, i) => [name, i]));
  const isBefore = (a: PastResult, b: PastResult): boolean =>
    a.axes.size === b.axes.size
      ? (order.get(a.name) ?? -1) < (order.get(b.name) ?? -1)
      : a.axes.size < b.axes.size;
  const prefixed = new Set<string>();
  for (const { parts } of rows) {
    const owners = new Map<string, PastResult>();
    for (const { result, line } of parts) {
      for (const metric of Object.keys(line.values)) {
        const owner = owners.get(metric);
        if (owner && owner.name !== result.name) {
          const earlier = isBefore(result, owner) ? result : owner;
          prefixed.add(`${earlier.name}.${metric}`);
          if (earlier === owner) owners.set(metric, result);
        } else owners.set(metric, result);
      }
    }
  }
  const taken: ReadonlySet<string> = new Set([...ABOUT, 'key', 'stage', 'row']);
  return (stage, metric) => {
    const long = `${stage}.${metric}`;
    return prefixed.has(long) || taken.has(metric) ? long : metric;
  };
}
