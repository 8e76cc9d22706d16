/** Metrics of many instances as one table: axes and names are columns, instances or their rows are lines. */
import { tellingColumns } from '../../base/telling-columns.ts';
import type { Scalar } from '../document/located.ts';
import { isWord, type Metric, type MetricRow } from './metrics.ts';

export interface MeasuredStage {
  readonly stage: string;
  readonly name: string;
  readonly axes: ReadonlyMap<string, Scalar>;
  /** False if the numbers belong to an earlier state of the pipeline. */
  readonly upToDate: boolean;
  readonly rows: readonly MetricRow[];
}

export interface MetricsTable {
  readonly columns: readonly string[];
  /** Those of them that tell lines apart: axes that vary, and words. */
  readonly identifying: readonly string[];
  readonly lines: readonly MetricsLine[];
}

export interface MetricsLine {
  readonly stage: string;
  readonly upToDate: boolean;
  readonly cells: ReadonlyMap<string, Metric>;
}

/**
 * `only` names the columns to show, in this order; if it is empty, all are shown. Words that tell lines apart are always
 * shown.
 */
export function makeTable(
  stages: readonly MeasuredStage[],
  only: readonly string[] = [],
): MetricsTable {
  const axes = new Set<string>(['stage']);
  const names: string[] = [];
  const known = new Set<string>();
  const lines: MetricsLine[] = [];
  for (const { stage, name, axes: axesOfStage, upToDate, rows } of stages) {
    for (const { row, values } of rows) {
      const cells = new Map<string, Metric>([['stage', name]]);
      for (const [axis, value] of axesOfStage) {
        axes.add(axis);
        cells.set(axis, value);
      }
      const shown = Object.entries(values);
      // If the rows of a list have no words that identify them, they are numbered.
      const place = row !== undefined && /^\d+$/.test(row) ? [['row', Number(row)] as const] : [];
      let before: string | undefined;
      for (const [key, value] of [...place, ...shown]) {
        // A row may repeat an axis of its instance, which adds no information.
        const own = cells.get(key);
        if (own !== undefined && (value === null || String(own) === String(value))) continue;
        const column = cells.has(key) ? `row.${key}` : key;
        if (!known.has(column)) {
          known.add(column);
          // Beside the number after which the row has it: other rows may lack it.
          names.splice(before === undefined ? 0 : names.indexOf(before) + 1, 0, column);
        }
        before = column;
        cells.set(column, value);
      }
      lines.push({ stage, upToDate, cells });
    }
  }
  const measured = names.filter((column) => !axes.has(column));
  const isNaming = (column: string): boolean =>
    column === 'row' || lines.some(({ cells }) => isWord(cells.get(column)));
  const kinds = [
    ...[...axes].map((name) => ({ name, kind: 'axis' })),
    ...measured.map((name) => ({ name, kind: isNaming(name) ? 'word' : 'metric' })),
  ];
  const telling = tellingColumns(kinds, lines, ({ cells }, column) => cells.get(column));
  // A single line is named by its axes.
  const identifying = lines.length < 2 ? [...axes] : telling.map(({ name }) => name);
  if (only.length === 0) return { columns: [...axes, ...measured], identifying, lines };
  const wanted = only.filter((column) => measured.includes(column));
  const words = identifying.filter((column) => !axes.has(column) && !wanted.includes(column));
  return { columns: [...axes, ...words, ...wanted], identifying, lines };
}

/** Columns with the same value in all lines, which need not be repeated per line. */
export function constantColumns({ columns, lines }: MetricsTable): readonly string[] {
  if (lines.length < 2) return [];
  return columns.filter((column) => isConstant(column, lines));
}

/** A line without the value differs from those that have it. */
function isConstant(column: string, lines: readonly MetricsLine[]): boolean {
  return new Set(lines.map(({ cells }) => cells.get(column))).size < 2;
}
