/** A table for a terminal: numbers are aligned right, texts left, and lines are cut to its width. */
import { cut, visible } from './text.ts';
import { columnsOf, padEnd, padStart } from './width.ts';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/** The first line is the header. No line ends with spaces. Columns that do not fit are omitted from the right. */
export function tableLines(
  columns: readonly Column[],
  given: readonly (readonly string[])[],
  width: number,
): { readonly lines: readonly [string, ...string[]]; readonly left: readonly string[] } {
  const rows = given.map((row) => row.map(visible));
  const widths = columns.map(({ head }, i) =>
    Math.max(columnsOf(head), ...rows.map((row) => columnsOf(row[i] ?? ''))),
  );
  let taken = 0;
  let shown = 0;
  for (const wanted of widths) {
    if (taken + wanted > width) break;
    taken += wanted + GAP.length;
    shown++;
  }
  // The last column may be cut: part of a name is better than none.
  if (shown < columns.length && (shown === 0 || columns.length - shown === 1)) {
    const room = width - taken;
    if (room >= LEAST_WIDTH) widths[shown++] = room;
  }
  const line = (cells: readonly string[]): string =>
    cells
      .slice(0, shown)
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        const text = columnsOf(cell) > width ? cut(cell, width) : cell;
        return columns[i]?.right ? padStart(text, width) : padEnd(text, width);
      })
      .join(GAP)
      .trimEnd();
  const heads = columns.map(({ head }) => visible(head));
  return { lines: [line(heads), ...rows.map(line)], left: heads.slice(shown) };
}

const GAP = '  ';
const LEAST_WIDTH = 8;
