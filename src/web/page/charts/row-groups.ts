/** What the charts of experiments have in common: the colour of a row, and how it is named. */
import { type CellOf, plainText } from '../../../base/table-query.ts';
import type { ExperimentLine } from '../../answers.ts';
import type { Named } from '../experiment-query.ts';

/** What a chart of experiments draws. */
export interface ExperimentRows {
  readonly rows: readonly ExperimentLine[];
  /** Before the filter. */
  readonly all: readonly ExperimentLine[];
  readonly numeric: readonly (Named & { readonly kind: string })[];
  readonly telling: readonly Named[];
  readonly cellOf: CellOf<ExperimentLine>;
}

export interface RowGroup<Row> {
  readonly name: string;
  readonly colour: number;
  readonly rows: readonly Row[];
}

/** Rows with the same value of the column `by`. A filter does not change the colour of a group. */
export function groupsOf<Row>(
  rows: readonly Row[],
  all: readonly Row[],
  by: string,
  cellOf: CellOf<Row>,
): readonly RowGroup<Row>[] {
  const nameOf = (row: Row): string => (by === '' ? '' : plainText(cellOf(row, by)));
  const groups = new Map<string, Row[]>(all.map((row) => [nameOf(row), []]));
  for (const row of rows) groups.get(nameOf(row))?.push(row);
  return [...groups]
    .map(([name, own], colour) => ({ name: name || '–', colour, rows: own }))
    .filter((group) => group.rows.length > 0);
}

/** The column that colours show by default: of those with words, the one with the most values. */
export function usualGroups({ all, numeric, telling, cellOf }: ExperimentRows): string {
  const isNumeric = ({ name }: Named): boolean => numeric.some((one) => one.name === name);
  const words = telling.filter((one) => !isNumeric(one) && one.name !== 'run');
  return widest(words, all, cellOf) ?? '';
}

/** The column with the most values. */
export function widest<Row>(
  columns: readonly Named[],
  all: readonly Row[],
  cellOf: CellOf<Row>,
): string | undefined {
  const valuesOf = ({ name }: Named): number =>
    new Set(all.map((row) => plainText(cellOf(row, name)))).size;
  return columns
    .map((column) => ({ name: column.name, values: valuesOf(column) }))
    .sort((a, b) => b.values - a.values)[0]?.name;
}

export function nameOfRow(
  row: ExperimentLine,
  { telling, cellOf }: Pick<ExperimentRows, 'telling' | 'cellOf'>,
): string {
  const values = telling.map(({ name }) => `${name} ${plainText(cellOf(row, name)) || '–'}`);
  return `${row.key.slice(0, 7)}  ${values.join(', ')}`;
}
