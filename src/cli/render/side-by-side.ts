/** Experiments side by side: one column for each, and a line for each value that differs. */
import { type Cell, numberIn } from '../../base/table-query.ts';
import { figure } from '../../base/units.ts';
import { tableLines } from './table.ts';
import { visible } from './text.ts';
import { columnsOf } from './width.ts';

export interface ComparedLine {
  readonly name: string;
  readonly values: readonly Cell[];
  readonly texts: readonly string[];
}

/** `heads` name the experiments. Those that do not fit into the width follow below, with the names repeated. */
export function sideBySide(
  heads: readonly string[],
  lines: readonly ComparedLine[],
  width: number,
): readonly string[] {
  const first = widest(lines.map(({ name }) => name));
  const deltas = heads.length === 2 ? lines.map(({ values }) => deltaOf(values)) : [];
  const columns = [
    ...heads.map((head, i) => ({ head, texts: lines.map(({ texts }) => texts[i]!) })),
    ...(deltas.some((delta) => delta !== '') ? [{ head: 'difference', texts: deltas }] : []),
  ];
  const blocks: (typeof columns)[] = [];
  let room = 0;
  for (const column of columns) {
    const own = widest([column.head, ...column.texts]) + GAP;
    if (own > room || blocks.length === 0) {
      blocks.push([]);
      room = width - first;
    }
    blocks.at(-1)!.push(column);
    room -= own;
  }
  return blocks.flatMap((block, i) => {
    const table = tableLines(
      [{ head: '' }, ...block.map(({ head }) => ({ head, right: true }))],
      lines.map(({ name }, line) => [name, ...block.map(({ texts }) => texts[line]!)]),
      // A single value that is wider than the terminal is not cut either.
      Number.POSITIVE_INFINITY,
    );
    return [...(i > 0 ? [''] : []), ...table.lines];
  });
}

const GAP = 2;

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => columnsOf(visible(text))));
}

/** Of two numbers. */
function deltaOf([before, after]: readonly Cell[]): string {
  const [from, to] = [numberIn(before), numberIn(after)];
  if (from === undefined || to === undefined || !Number.isFinite(to - from)) return '';
  return `${to > from ? '+' : ''}${figure(to - from)}`;
}
