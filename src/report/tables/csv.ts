/** A table as CSV with LF line ends. It is for programs, so shares are numbers from 0 to 1. */
import { csvLine } from '../../base/csv.ts';
import { plainNumber } from '../format.ts';
import type { Cell, Table } from './table.ts';

export function csv({ columns, rows }: Table): string {
  const lines = [columns.map(({ id }) => id), ...rows.map((row) => row.map(csvField))];
  return lines.map((line) => `${csvLine(line)}\n`).join('');
}

function csvField(cell: Cell): string {
  return typeof cell === 'string' ? cell : plainNumber(cell);
}
