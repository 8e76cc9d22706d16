/** The values of the table of experiments as texts. Texts of different values that tell rows apart are different. */
import { createHash } from 'node:crypto';
import { type Cell, isMissing } from '../../base/table-query.ts';
import { figure } from '../../base/units.ts';
import type { ColumnKind, Experiment } from '../../runner/index.ts';

/** Columns of digests. Their beginnings are enough. */
export const DIGESTS: ReadonlySet<string> = new Set(['key', 'commit']);

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

/** A text for programs. */
export function wholeCell(cell: Cell): string {
  if (isMissing(cell)) return '';
  return Array.isArray(cell) ? cell.join(',') : String(cell);
}

const LONGEST = 40;
const LEAST = 7;

/** How many characters of these digests tell them apart, at least 7. */
export function enoughOf(digests: Iterable<string>): number {
  const sorted = [...new Set(digests)].sort();
  let enough = LEAST;
  for (const [i, digest] of sorted.entries()) {
    const next = sorted[i + 1];
    while (next?.startsWith(digest.slice(0, enough)) && enough < digest.length) enough++;
  }
  return enough;
}
