/** A table for readers, without the columns that have one value: the value is in the note instead. CSV has all columns. */

import { formatCell } from './markdown.ts';
import type { Column, Table } from './table.ts';

/** @param same words the values that all rows have, each with its heading */
export function narrowed(table: Table, same: (values: readonly string[]) => string): Table {
  const { columns, rows, note = '' } = table;
  const isConstant = columns.map((column, i) => {
    const cells = new Set(rows.map((row) => row[i]!));
    const isMissing = [...cells].every((cell) => cell === null || cell === '');
    return i > 0 && (isMissing || (cells.size === 1 && rows.length > 1 && !RESULTS.has(column.id)));
  });
  const left = columns.flatMap((column, i) => (isConstant[i] ? sharedValue(column, i, table) : []));
  const isKept = (_: unknown, i: number): boolean => !isConstant[i];
  return {
    ...table,
    note: left.length === 0 ? note : [note, same(left)].filter(Boolean).join(' '),
    columns: columns.filter(isKept),
    rows: rows.map((row) => row.filter(isKept)),
  };
}

function sharedValue(column: Column, i: number, { rows }: Table): readonly string[] {
  const cell = rows[0]?.[i] ?? '';
  return cell === '' ? [] : [`${column.heading} ${formatCell(cell, column)}`];
}

/** What a table is about. It is shown even if all rows have the same. */
const RESULTS: ReadonlySet<string> = new Set([
  ...['accuracy', 'agreement', 'similarity', 'difference', 'verdict', 'best_rate', 'time'],
]);
