/**
 * Filters and sorts the rows of a table by the texts of a user: `rate=25`, `accuracy>0.97`, `-accuracy`. The command
 * line and the page use this file.
 */
import { addTo } from './add-to.ts';

/** A list is a set of names, of which a filter has to match one. */
export type Cell = number | string | boolean | null | undefined | readonly string[];

export type CellOf<Row> = (row: Row, column: string) => Cell;

export interface Condition {
  readonly column: string;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
  /** As written. */
  readonly value: string;
}

export interface SortKey {
  readonly column: string;
  readonly descending: boolean;
}

/** Undefined if the text has no operator or nothing before it. The column may not exist. */
export function parseCondition(text: string): Condition | undefined {
  const match = /^\s*([^=<>!]+?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*$/s.exec(text);
  if (!match) return undefined;
  return { column: match[1]!, operator: match[2] as Condition['operator'], value: match[3]! };
}

/** `accuracy,-loss`: the greatest value first after a minus sign. */
export function parseSort(text: string): readonly SortKey[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '-')
    .map((part) => {
      const descending = part.startsWith('-');
      return { column: descending ? part.slice(1) : part, descending };
    });
}

/** The column of this name, or the only one of this name behind the name of a stage. */
export function findColumn(name: string, columns: readonly string[]): string | undefined {
  if (columns.includes(name)) return name;
  const ending = columns.filter((column) => column.endsWith(`.${name}`));
  return ending.length === 1 ? ending[0] : undefined;
}

/** Several conditions `column=...` on the same column are alternatives. A row has to meet all others. */
export function matching<Row>(
  rows: readonly Row[],
  conditions: readonly Condition[],
  cellOf: CellOf<Row>,
): readonly Row[] {
  const alternatives = new Map<string, string[]>();
  for (const { column, operator, value } of conditions) {
    if (operator !== '=') continue;
    addTo(alternatives, column, value);
  }
  const others = conditions.filter(({ operator }) => operator !== '=');
  return rows.filter(
    (row) =>
      [...alternatives].every(([column, values]) =>
        values.some((value) => isEqual(cellOf(row, column), value)),
      ) && others.every((condition) => meets(cellOf(row, condition.column), condition)),
  );
}

/** Rows without a value are last, in either direction. Equal rows keep their order. */
export function sorted<Row>(
  rows: readonly Row[],
  keys: readonly SortKey[],
  cellOf: CellOf<Row>,
): readonly Row[] {
  if (keys.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const { column, descending } of keys) {
      const order = compare(cellOf(a, column), cellOf(b, column), descending);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** The number that a cell is or spells, such as `Infinity`; undefined for words, NaN and cells without a value. */
export function numberIn(cell: Cell): number | undefined {
  if (typeof cell !== 'number' && (typeof cell !== 'string' || cell.trim() === ''))
    return undefined;
  const number = Number(cell);
  return Number.isNaN(number) ? undefined : number;
}

export function isMissing(cell: Cell): boolean {
  return cell === undefined || cell === null || (Array.isArray(cell) && cell.length === 0);
}

/** All of it, as a text for programs. */
export function plainText(cell: Cell): string {
  if (isMissing(cell)) return '';
  return Array.isArray(cell) ? cell.join(',') : String(cell);
}

/** An empty value stands for a cell without a value. */
function isEqual(cell: Cell, value: string): boolean {
  if (isMissing(cell)) return value === '';
  if (Array.isArray(cell)) return cell.includes(value);
  if (String(cell) === value) return true;
  const number = numberIn(cell as string | number);
  return number !== undefined && number === numberIn(value);
}

function meets(cell: Cell, { operator, value }: Condition): boolean {
  if (operator === '=') return isEqual(cell, value);
  if (operator === '!=') return !isEqual(cell, value);
  const [number, bound] = [numberIn(cell), numberIn(value)];
  if (number === undefined || bound === undefined) return false;
  switch (operator) {
    case '<':
      return number < bound;
    case '<=':
      return number <= bound;
    case '>':
      return number > bound;
    case '>=':
      return number >= bound;
  }
}

function compare(a: Cell, b: Cell, descending: boolean): number {
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  const [x, y] = [numberIn(a) ?? String(a), numberIn(b) ?? String(b)];
  const order = x < y ? -1 : x > y ? 1 : 0;
  return descending ? -order : order;
}

/** Numbers, then words, then cells without a value. */
function rankOf(cell: Cell): number {
  if (isMissing(cell)) return 2;
  return numberIn(cell) === undefined ? 1 : 0;
}
