/** A table as CSV (RFC 4180, lines ended by LF): for programs, so shares stay shares from 0 to 1. */

import { plainNumber } from '../format.ts';
import type { Cell, Table } from './table.ts';

export function csv({ columns, rows }: Table): string {
  const lines = [columns.map(({ id }) => id), ...rows.map((row) => row.map(plain))];
  return lines.map((line) => `${line.map(quoted).join(',')}\n`).join('');
}

function plain(cell: Cell): string {
  return typeof cell === 'string' ? cell : plainNumber(cell);
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field;
}
