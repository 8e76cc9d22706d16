/**
 * Lays out a graph in rows that fit into a width: each node is below its inputs, and near the middle of them in its
 * row. It takes one pass, also for very large graphs.
 */
import type { Group } from '../messages.ts';
import type { Drawing, Point } from './drawing.ts';
import { linesInColumn } from './lanes.ts';

const GAP = { x: 24, y: 44 } as const;
const MARGIN = 24;

/** On each side of a graph in one column, if there is room. */
const LANES = 80;

/** A curve leaves the column of a node, whose half it has to pass, if its controls are this far aside, in widths. */
const ASIDE = 0.75;

const MOST_IN_ROW = 12;

export function inLayers(
  groups: readonly Pick<Group, 'takes'>[],
  size: { readonly width: number; readonly height: number },
  room: number,
): Drawing {
  const fitting = Math.floor((room - 2 * MARGIN + GAP.x) / (size.width + GAP.x));
  const most = Math.max(1, Math.min(MOST_IN_ROW, fitting));
  const layers: number[][] = [];
  for (const [i, depth] of depthsOf(groups).entries()) (layers[depth] ??= []).push(i);
  const nodes: Point[] = [];
  const widest = Math.min(most, Math.max(1, ...layers.map((layer) => layer.length)));
  const rows = widest * (size.width + GAP.x) - GAP.x + 2 * MARGIN;
  const isColumn = most === 1;
  const width = isColumn ? Math.max(rows, Math.min(room, rows + 2 * LANES)) : rows;
  let y = MARGIN + size.height / 2;
  for (const layer of layers) {
    const wish = new Map(layer.map((i) => [i, wishedX(groups[i]!.takes, nodes, width / 2)]));
    const order = [...layer].sort((a, b) => wish.get(a)! - wish.get(b)!);
    for (let from = 0; from < order.length; from += most) {
      const row = order.slice(from, from + most);
      const start = width / 2 - ((row.length - 1) * (size.width + GAP.x)) / 2;
      for (const [k, i] of row.entries()) nodes[i] = { x: start + k * (size.width + GAP.x), y };
      y += size.height + GAP.y;
    }
  }
  const height = y - GAP.y - size.height / 2 + MARGIN;
  const lines = isColumn
    ? linesInColumn(groups, nodes, size, (width - size.width) / 2)
    : linesInRows(groups, nodes, size);
  return { width, height, nodes, lines };
}

function linesInRows(
  groups: readonly Pick<Group, 'takes'>[],
  nodes: readonly Point[],
  size: { readonly width: number; readonly height: number },
): Drawing['lines'] {
  const half = size.height / 2;
  // A straight line would be behind the nodes between these two.
  const isHidden = (a: Point, b: Point): boolean =>
    Math.abs(a.x - b.x) < size.width / 2 && b.y - a.y > 1.5 * (size.height + GAP.y);
  return groups.flatMap(({ takes }, to) =>
    takes.map((from) => {
      const [a, b] = [nodes[from]!, nodes[to]!];
      const [top, bottom] = [a.y + half, b.y - half];
      const bend = Math.max(20, (bottom - top) / 2);
      const aside = isHidden(a, b) ? ASIDE * size.width * ((from + to) % 2 === 0 ? 1 : -1) : 0;
      const [start, end] = [a.x + aside, b.x + aside];
      return {
        from,
        to,
        path: `M${a.x},${top}C${start},${top + bend} ${end},${bottom - bend} ${b.x},${bottom}`,
      };
    }),
  );
}

/** Each node is as close to what takes it as its inputs allow, so that lines are short. */
function depthsOf(groups: readonly Pick<Group, 'takes'>[]): readonly number[] {
  // Most groups come after their inputs. A cycle of groups is broken here.
  const before = groups.map(({ takes }, i) => takes.filter((taken) => taken < i));
  const depths: number[] = [];
  for (const [i, takes] of before.entries()) {
    depths[i] = takes.reduce((most, taken) => Math.max(most, depths[taken]! + 1), 0);
  }
  const next = groups.map(() => Number.POSITIVE_INFINITY);
  for (let i = groups.length - 1; i >= 0; i--) {
    if (next[i]! < Number.POSITIVE_INFINITY) depths[i] = next[i]! - 1;
    for (const taken of before[i]!) next[taken] = Math.min(next[taken]!, depths[i]!);
  }
  return depths;
}

function wishedX(takes: readonly number[], nodes: readonly Point[], otherwise: number): number {
  const known = takes.flatMap((taken) => nodes[taken]?.x ?? []);
  return known.length > 0 ? known.reduce((sum, x) => sum + x, 0) / known.length : otherwise;
}
