/**
 * A table in which nothing is cut. Columns that tell rows apart are always shown, the others as far as they fit. If the
 * terminal is too narrow for the former, each row is a paragraph, with the others on one line, but at least one of them.
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
  const places = [...columns.keys()];
  const kept = places.filter((i) => columns[i]!.keep);
  const others = places.filter((i) => !columns[i]!.keep);
  const widths = columns.map(({ head }, i) => widest([head, ...rows.map((row) => row[i] ?? '')]));
  const taken = kept.reduce((sum, i) => sum + widths[i]! + GAP, 0);
  const isTable = taken - GAP <= width;
  const count = isTable
    ? countThatFits(
        others.map((i) => widths[i]! + GAP),
        width + GAP - taken,
      )
    : Math.max(
        1,
        countThatFits(
          others.map((i) => 1 + widest(rows.map((row) => named(columns[i]!, row[i])))),
          width + 1 - INDENT.length,
        ),
      );
  const more = others.slice(0, count);
  const shown = places.filter((i) => columns[i]!.keep || more.includes(i));
  const left = places.filter((i) => !shown.includes(i)).map((i) => columns[i]!.head);
  if (!isTable) {
    const text = (row: readonly string[], some: readonly number[]): string =>
      some
        .map((i) => named(columns[i]!, row[i]))
        .filter(Boolean)
        .join(' ');
    const lines = rows.flatMap((row) => [text(row, kept), INDENT + text(row, more)]);
    const wrapped = lines
      .filter((line) => line.trim() !== '')
      .flatMap((line) => wrap(visible(line), width).split('\n'));
    return { lines: wrapped, hasHead: false, left };
  }
  const { lines } = tableLines(
    shown.map((i) => columns[i]!),
    rows.map((row) => shown.map((i) => row[i] ?? '')),
    width,
  );
  return { lines, hasHead: true, left };
}

/** The later ones do not move ahead, so that the columns do not depend on the width of their values. */
function countThatFits(widths: readonly number[], room: number): number {
  let taken = 0;
  const end = widths.findIndex((width) => {
    taken += width;
    return taken > room;
  });
  return end < 0 ? widths.length : end;
}

const INDENT = ' '.repeat(4);

function named({ head }: FittedColumn, text = ''): string {
  return head === '' ? text : `${head}=${text}`;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => columnsOf(visible(text))));
}
