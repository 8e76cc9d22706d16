/**
 * A table in columns of characters. Nothing in it is cut. If it is too wide, an ending that the names of a column share
 * moves to the heading, then headings are wrapped, then the widest texts.
 */

import { formatCell } from './tables/markdown.ts';
import type { Table } from './tables/table.ts';

export function plainTable({ columns, rows }: Table, width: number): string {
  const given = columns.map((column, i): readonly string[] => [
    column.heading,
    ...rows.map((row) => formatCell(row[i]!, column)),
  ]);
  const isText = columns.map(({ quantity }) => quantity === null);
  const isWide = totalOf(given.map(widest)) > width;
  const cells = isWide
    ? given.map((own, i) => (isText[i] ? withoutSharedEnding(own) : own))
    : given;
  const widths = fittingWidths(cells, isText, width);
  const lines = (row: number): readonly string[] => {
    const wrapped = cells.map((own, i) =>
      wrappedLines(own[row]!, widths[i]!, isText[i] ? ' ' : ''),
    );
    const height = Math.max(...wrapped.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      wrapped
        .map((texts, i) => {
          const text = texts[line] ?? '';
          const space = ' '.repeat(widths[i]! - lengthOf(text));
          return isText[i] ? text + space : space + text;
        })
        .join(GAP)
        .trimEnd(),
    );
  };
  const rule = '─'.repeat(Math.min(width, totalOf(widths)));
  return [...lines(0), rule, ...rows.flatMap((_, i) => lines(i + 1))].join('\n');
}

const GAP = '  ';
const LEAST_WIDTH = 10;

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

/** Headings give way first, then the spaces of the widest texts, then words that are longer than their column. */
function fittingWidths(
  cells: readonly (readonly string[])[],
  isText: readonly boolean[],
  width: number,
): readonly number[] {
  const widths = cells.map(widest);
  if (totalOf(widths) <= width) return widths;
  const words = cells.map((own) => 1 + widest(own.flatMap((text) => text.split(' '))));
  for (const [i, [heading, ...texts]] of cells.entries()) {
    widths[i] = Math.max(widest(texts), widest(heading!.split(' ')));
  }
  const texts = [...isText.keys()].filter((i) => isText[i]);
  while (totalOf(widths) > width) {
    const narrowable = texts.filter((i) => widths[i]! > LEAST_WIDTH);
    const spaced = narrowable.filter((i) => widths[i]! > words[i]!);
    const [next] = (spaced.length > 0 ? spaced : narrowable).sort(
      (a, b) => widths[b]! - widths[a]!,
    );
    if (next === undefined) break;
    widths[next]!--;
  }
  return widths;
}

const ENDING = / \([^()]*\)$/;

/** `fine-tuned (classifier)` is `fine-tuned` below the heading `Protocol (classifier)`, if all have that ending or none. */
function withoutSharedEnding([heading, ...texts]: readonly string[]): readonly string[] {
  const ended = new Set(texts.filter((text) => ENDING.test(text)));
  const endings = new Set([...ended].map((text) => ENDING.exec(text)![0]));
  const [ending] = endings;
  // The ending of a single name is a part of that name.
  if (ending === undefined || endings.size > 1 || ended.size < 2) return [heading!, ...texts];
  const shorter = texts.map((text) =>
    text.endsWith(ending) ? text.slice(0, -ending.length) : text,
  );
  // Without its ending, a text may be the same as another.
  const isAmbiguous = shorter.some((text, i) => text !== texts[i] && texts.includes(text));
  return isAmbiguous ? [heading!, ...texts] : [heading! + ending, ...shorter];
}

/** Lines of whole words. A word that is longer than a line is broken. Lines after the first get the indent. */
export function wrappedLines(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  // Spaces within numbers and names are other characters, so they do not break.
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(`${last} ${word}`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    const rest = [...word];
    do {
      const start = lines.length === 0 ? '' : indent;
      lines.push(start + rest.splice(0, width - start.length).join(''));
    } while (rest.length > 0);
  }
  return lines;
}

export function lengthOf(text: string): number {
  return [...text].length;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(lengthOf));
}
