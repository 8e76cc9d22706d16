/**
 * A table in which nothing is cut. Columns that tell rows apart are always shown, the others as far as they fit. If the
 * terminal is too narrow for the former, each row is a paragraph.
 */
import { type Column, tableLines } from './table.ts';
import { visible, wrap } from './text.ts';
import { columnsOf } from './width.ts';

export interface FittedColumn extends Column {
  /** It tells rows apart. */
  readonly keep: boolean;
}

export interface FittedTable {
  /** The first line is the header, unless the rows are paragraphs. */
  readonly lines: readonly string[];
  readonly hasHead: boolean;
  /** The columns that are not shown. */
  readonly left: readonly string[];
}

const GAP = 2;

export function fittedTable(
  columns: readonly FittedColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): FittedTable {
  const widths = columns.map(({ head }, i) =>
    Math.max(columnsOf(visible(head)), ...rows.map((row) => columnsOf(visible(row[i] ?? '')))),
  );
  const places = columns.map((_, i) => i);
  const kept = places.filter((i) => columns[i]!.keep);
  let taken = kept.reduce((sum, i) => sum + widths[i]! + GAP, -GAP);
  if (taken > width) return { lines: paragraphs(columns, rows, width), hasHead: false, left: [] };
  const shown = new Set(kept);
  for (const i of places) {
    if (shown.has(i)) continue;
    const wider = taken + widths[i]! + (shown.size > 0 ? GAP : 0);
    // The later ones do not move ahead, so that the columns do not depend on the width of their values.
    if (wider > width) break;
    shown.add(i);
    taken = wider;
  }
  const [some, others] = [places.filter((i) => shown.has(i)), places.filter((i) => !shown.has(i))];
  const { lines } = tableLines(
    some.map((i) => columns[i]!),
    rows.map((row) => some.map((i) => row[i] ?? '')),
    width,
  );
  return { lines, hasHead: true, left: others.map((i) => columns[i]!.head) };
}

/** What tells the row apart, and its other values below. */
function paragraphs(
  columns: readonly FittedColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  return rows.flatMap((row) => {
    const texts = (keep: boolean): string =>
      columns
        .flatMap(({ head, keep: own }, i) => {
          const text = row[i] ?? '';
          if (own !== keep || (head === '' && text === '')) return [];
          return [head === '' ? text : `${head}=${text}`];
        })
        .join(' ');
    const [names, values] = [visible(texts(true)), visible(texts(false))];
    const lines = values === '' ? [names] : [names, `    ${values}`];
    return lines.flatMap((line) => wrap(line, width).split('\n'));
  });
}
