/** Columns of digests in a table: their beginnings are enough for people. */
import { type CellOf, type Condition, plainText } from './table-query.ts';

export const DIGEST_COLUMNS: ReadonlySet<string> = new Set(['key', 'commit']);

const LEAST = 7;

/** How many characters tell these digests apart, at least 7. */
export function enoughOf(digests: Iterable<string>): number {
  const sorted = [...new Set(digests)].sort();
  let enough = LEAST;
  for (const [i, digest] of sorted.entries()) {
    const next = sorted[i + 1];
    while (next?.startsWith(digest.slice(0, enough)) && enough < digest.length) enough++;
  }
  return enough;
}

/** `key=1a2b3c4` finds the digests with this beginning. They are alternatives. */
export function byBeginning<Row>(
  condition: Condition,
  rows: readonly Row[],
  cellOf: CellOf<Row>,
): readonly Condition[] {
  const { column, operator, value } = condition;
  if (!DIGEST_COLUMNS.has(column) || operator !== '=' || value === '') return [condition];
  const whole = new Set(rows.map((row) => plainText(cellOf(row, column))));
  const found = [...whole].filter((digest) => digest.startsWith(value));
  return found.length === 0
    ? [condition]
    : found.map((digest) => ({ ...condition, value: digest }));
}
