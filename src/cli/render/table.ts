/** Rows of text as columns of a terminal: numbers to the right, words to the left, cut to its width. */
import { cut, visible } from './text.ts';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/** The head first; no line ends in spaces. Columns that don't fit are left out, from the right. */
export function tableLines(
  columns: readonly Column[],
  given: readonly (readonly string[])[],
  width: number,
): { readonly lines: readonly string[]; readonly left: readonly string[] } {
  const rows = given.map((row) => row.map(visible));
  const widths = columns.map(({ head }, i) =>
    Math.max(head.length, ...rows.map((row) => row[i]!.length)),
  );
  let taken = 0;
  let shown = 0;
  while (shown < columns.length && taken + widths[shown]! <= width) {
    taken += widths[shown]! + GAP.length;
    shown++;
  }
  // The last that stays may be cut: a long name is better than none.
  if (shown < columns.length && (shown === 0 || columns.length - shown === 1)) {
    const room = width - taken;
    if (room >= LEAST_WIDTH) widths[shown++] = room;
  }
  const line = (cells: readonly string[]): string =>
    cells
      .slice(0, shown)
      .map((cell, i) => {
        const text = cell.length > widths[i]! ? cut(cell, widths[i]!) : cell;
        return columns[i]!.right ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
      })
      .join(GAP)
      .trimEnd();
  const heads = columns.map(({ head }) => visible(head));
  return { lines: [heads, ...rows].map(line), left: heads.slice(shown) };
}

const GAP = '  ';
const LEAST_WIDTH = 8;
