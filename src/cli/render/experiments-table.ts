/** The table of experiments for a terminal. */
import { DIGEST_COLUMNS, enoughOf } from '../../base/short-digests.ts';
import { isMissing, plainText } from '../../base/table-query.ts';
import { isShared, tellingColumns } from '../../base/telling-columns.ts';
import { counted } from '../../base/units.ts';
import {
  differingParameters,
  type Experiment,
  type ExperimentColumn,
  isNumber,
  type Metric,
} from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { cellOf, shownCell } from './experiment-cells.ts';
import { fittedTable } from './fitted-table.ts';
import { type ComparedLine, sideBySide } from './side-by-side.ts';
import { paint, wrap } from './text.ts';

export interface ShownExperiments {
  readonly columns: readonly ExperimentColumn[];
  /** All rows, before a filter. What they have in common is not repeated in each row. */
  readonly all: readonly Experiment[];
  readonly rows: readonly Experiment[];
  /** The metrics and other columns to show; if empty, all metrics. */
  readonly chosen: readonly string[];
}

const KEY: ExperimentColumn = { name: 'key', kind: 'about' };

export function experimentLines(given: ShownExperiments, host: Host): readonly string[] {
  const { columns, all, rows, chosen } = given;
  const telling = tellingColumns(columns, rows, cellOf);
  const constant = columns.filter(
    (column) => isShared(column, rows, cellOf) && rows.length > 1 && !chosen.includes(column.name),
  );
  const wanted =
    chosen.length > 0
      ? chosen.flatMap((name) => columns.find((column) => column.name === name) ?? [])
      : columns.filter((column) => column.kind === 'metric' && !constant.includes(column));
  const others = wanted.filter((column) => !telling.includes(column));
  const shown = [KEY, ...telling, ...others];
  const texts = textsOf(all);
  const fitted = fittedTable(
    shown.map((column) => ({
      head: column.name,
      right: column.kind !== 'about' && isNumeric(column, rows),
      keep: column === KEY || telling.includes(column),
    })),
    rows.map((row) => shown.map((column) => texts(row, column))),
    host.columns,
  );
  const same = constant
    .filter(({ name, kind }) => kind !== 'about' && !isMissing(cellOf(rows[0]!, name)))
    .map((column) => `${column.name} ${texts(rows[0]!, column)}`);
  const count =
    rows.length < all.length
      ? `${rows.length} of ${counted(all.length, 'row', 'rows')}`
      : counted(rows.length, 'row', 'rows');
  const notes = [
    same.length > 0 ? `the same in all: ${some(same)}` : '',
    fitted.left.length > 0 ? `not shown: ${some(fitted.left)} (use --columns or --csv)` : '',
    count,
  ].filter(Boolean);
  const [head, ...rest] = fitted.lines;
  return [
    ...(head === undefined ? [] : [fitted.hasHead ? paint(host, 'dim', head) : head]),
    ...rest,
    ...notes.map((note) => wrap(note, host.columns)),
  ];
}

/** Two or more rows side by side, with all parameters that differ. */
export function comparedExperiments(
  { columns, all, rows, chosen }: ShownExperiments,
  host: Host,
): readonly string[] {
  const texts = textsOf(all);
  const listed = columns.filter(
    ({ name, kind }) => kind !== 'metric' || chosen.length === 0 || chosen.includes(name),
  );
  const known = new Set(listed.map(({ name }) => name));
  const lineOf = (column: ExperimentColumn): ComparedLine => ({
    name: column.name,
    values: rows.map((row) => (column.kind === 'about' ? null : cellOf(row, column.name))),
    texts: rows.map((row) => texts(row, column)),
  });
  const lines = listed.filter((column) => !isShared(column, rows, cellOf)).map(lineOf);
  const parameters = rows.map((row) => row.parameters());
  const names = differingParameters([parameters], (own) => own).filter(
    (name) =>
      !known.has(name) &&
      !rows.every(
        (row, i) => String(parameters[i]!.get(name)) === String(row.cells.get(axisIn(name))),
      ),
  );
  const settings = names.map((name): ComparedLine => {
    const values = parameters.map((own): Metric | undefined => own.get(name));
    return { name, values, texts: values.map((value) => shownCell(value, 'parameter')) };
  });
  const heads = rows.map((row) => texts(row, KEY));
  const same = listed
    .filter((column) => isShared(column, rows, cellOf) && !isMissing(cellOf(rows[0]!, column.name)))
    .map((column) => `${column.name} ${texts(rows[0]!, column)}`);
  return [
    ...sideBySide(heads, [...lines, ...settings], host.columns),
    ...(same.length > 0 ? [wrap(`the same in all: ${some(same)}`, host.columns)] : []),
  ];
}

/** The axis that a parameter such as `decompose.rate` may repeat. */
function axisIn(parameter: string): string {
  return parameter.slice(parameter.lastIndexOf('.') + 1);
}

function isNumeric({ name }: ExperimentColumn, rows: readonly Experiment[]): boolean {
  return rows.every((row) => {
    const cell = cellOf(row, name);
    return isMissing(cell) || isNumber(cell as Metric);
  });
}

/** The text of a cell. Digests have the same length in all rows. */
function textsOf(
  all: readonly Experiment[],
): (row: Experiment, column: ExperimentColumn) => string {
  const lengths = new Map<string, number>();
  const lengthOf = (name: string): number => {
    const known = lengths.get(name);
    if (known !== undefined) return known;
    const length = enoughOf(all.map((row) => plainText(cellOf(row, name))));
    lengths.set(name, length);
    return length;
  };
  return (row, { name, kind }) => {
    const cell = cellOf(row, name);
    const isDigest = DIGEST_COLUMNS.has(name) && !isMissing(cell);
    return isDigest ? String(cell).slice(0, lengthOf(name)) : shownCell(cell, kind);
  };
}

const MOST_NAMED = 8;

function some(texts: readonly string[]): string {
  const more = texts.length - MOST_NAMED;
  return [...texts.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
