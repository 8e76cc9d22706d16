/** The filter of the table of experiments, as a text of a user: `rate=25 accuracy>0.97 model="VGG-11 w1"`. */
import { byBeginning } from '../../base/short-digests.ts';
import {
  type CellOf,
  type Condition,
  findColumn,
  matching,
  parseCondition,
  type SortKey,
  sorted,
} from '../../base/table-query.ts';
import type { TableLine } from '../answers.ts';

/** A column. */
export interface Named {
  readonly name: string;
}

export interface Found<Row> {
  readonly rows: readonly Row[];
  /** Sentences about the parts of the filter that are not used. */
  readonly problems: readonly string[];
}

/** Undefined for a column that the rows do not have. */
export function cellsOf({ columns }: { readonly columns: readonly Named[] }): CellOf<TableLine> {
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  return (row, column) => row.cells[places.get(column) ?? -1];
}

/** The key, and a number where several rows have it. They are the same in later answers. */
export function idsOf<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): ReadonlyMap<Row, string> {
  const counts = new Map<string, number>();
  return new Map(
    rows.map((row) => {
      const key = keyOf(row);
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      return [row, `${key} ${before}`];
    }),
  );
}

/**
 * Parts that are no conditions are words of `textOf`. Without it, and if one may become a condition, they are not used,
 * because a user may still be writing them.
 */
export function find<Row>(
  { columns, rows }: { readonly columns: readonly Named[]; readonly rows: readonly Row[] },
  cellOf: CellOf<Row>,
  filter: string,
  keys: readonly SortKey[],
  textOf?: (row: Row) => string,
): Found<Row> {
  const names = namesOf(columns);
  const problems: string[] = [];
  const words: string[] = [];
  const conditions = partsOf(filter).flatMap((part): readonly Condition[] => {
    const condition = parseCondition(part);
    if (!condition && textOf) {
      if (!names.some((name) => name.startsWith(part))) words.push(part.toLowerCase());
      return [];
    }
    if (!condition) {
      problems.push(`“${part}” is not a filter; write rate=25 or accuracy>0.97`);
      return [];
    }
    const column = findColumn(condition.column, names);
    if (column !== undefined) return byBeginning({ ...condition, column }, rows, cellOf);
    problems.push(`no column is named “${condition.column}”`);
    return [];
  });
  const found = matching(rows, conditions, cellOf).filter((row) =>
    words.every((word) => textOf?.(row).toLowerCase().includes(word)),
  );
  return { rows: sorted(found, keys, cellOf), problems };
}

/** The filter with these conditions on a column instead of those that it has, also under a shorter name. */
export function withConditions(
  filter: string,
  column: string,
  conditions: readonly string[],
  columns: readonly Named[],
): string {
  const names = namesOf(columns);
  const others = partsOf(filter).filter((part) => {
    const condition = parseCondition(part);
    return !condition || findColumn(condition.column, names) !== column;
  });
  const quoted = (part: string): string => (/\s/.test(part) ? `"${part}"` : part);
  return [...others, ...conditions].map(quoted).join(' ');
}

function namesOf(columns: readonly Named[]): readonly string[] {
  return ['key', ...columns.map(({ name }) => name)];
}

/** Separated by spaces. A text in quotes may contain some. */
function partsOf(filter: string): readonly string[] {
  return (filter.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? []).map((part) => part.replaceAll('"', ''));
}
