/** The values of the table of experiments as texts. Texts of different values that tell rows apart are different. */
import { createHash } from 'node:crypto';
import { type Cell, isMissing } from '../../base/table-query.ts';
import { figure } from '../../base/units.ts';
import type { ColumnKind, Experiment } from '../../runner/index.ts';

export function cellOf({ key, cells }: Experiment, column: string): Cell {
  return column === 'key' ? key : cells.get(column);
}

/** A text for people. Metrics are rounded. */
export function shownCell(cell: Cell, kind: ColumnKind): string {
  if (isMissing(cell)) return '-';
  if (Array.isArray(cell)) return cell.join(', ');
  if (typeof cell === 'number' && kind === 'metric') return figure(cell);
  const text = String(cell);
  if (text.length <= LONGEST && !text.includes('\n')) return text;
  // Such as a changed command. A part of it could be the same in both rows.
  return `#${createHash('sha256').update(text).digest('hex').slice(0, LEAST)}`;
}

const LONGEST = 40;
const LEAST = 7;
