/** A table before formatting: the meaning of its columns, and its measured values. */

import type { Quantity } from '../format.ts';

export interface Table {
  /** Part of the names of files. */
  readonly name: string;
  readonly title: string;
  /** Explains the columns, below the title. */
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  /** For programs: the heading in CSV. */
  readonly id: string;
  /** For readers. */
  readonly heading: string;
  /** The quantity of the numbers in the column; null for text. */
  readonly quantity: Quantity | null;
}

export type Cell = string | number | null;

/** A column of a table that is made from values of type `T`, one per row. */
export interface ColumnOf<T> extends Column {
  value(row: T): Cell;
}

export function text<T>(
  id: string,
  heading: string,
  value: (row: T) => string | null,
): ColumnOf<T> {
  return { id, heading, quantity: null, value };
}

export function number<T>(
  id: string,
  heading: string,
  quantity: Quantity,
  value: (row: T) => number | null,
): ColumnOf<T> {
  return { id, heading, quantity, value };
}

/** A column that only some studies have. */
export function when<T>(isThere: boolean, column: ColumnOf<T>): readonly ColumnOf<T>[] {
  return isThere ? [column] : [];
}

/** The columns that identify a configuration. */
export const CONFIGURATION: readonly ColumnOf<{
  readonly label: string;
  readonly phase: string;
  readonly rate: number | null;
}>[] = [
  text('method', 'Method', ({ label }) => label),
  text('protocol', 'Protocol', ({ phase }) => phase),
  number('rate', 'CR', 'rate', ({ rate }) => rate),
];

export function tableOf<T>(
  name: string,
  title: string,
  rows: readonly T[],
  columns: readonly ColumnOf<T>[],
): Table {
  return { name, title, columns, rows: rows.map((row) => columns.map(({ value }) => value(row))) };
}
