/** A table before it is written: what its columns mean, and its cells as they were measured. */

import type { Quantity } from '../format.ts';

export interface Table {
  /** In names of files. */
  readonly name: string;
  readonly title: string;
  /** What a reader must know of the columns, behind the title. */
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  /** For programs: the heading in CSV. */
  readonly id: string;
  /** For people. */
  readonly heading: string;
  /** What the numbers of the column are; null for text. */
  readonly quantity: Quantity | null;
}

export type Cell = string | number | null;

export function text(id: string, heading: string): Column {
  return { id, heading, quantity: null };
}

export function number(id: string, heading: string, quantity: Quantity): Column {
  return { id, heading, quantity };
}
