/**
 * The lines of a graph in one column. A line to the next node is straight. All others of a node share a lane beside the
 * column, which has an arrow into each node that it leads to, so no line is behind a node.
 */
import type { Drawing, Point } from './drawing.ts';

interface Lane {
  readonly from: number;
  readonly to: readonly number[];
  readonly top: number;
  readonly bottom: number;
}

interface Placed extends Lane {
  /** 1: right, -1: left. */
  readonly side: 1 | -1;
  /** From the column to the outside. */
  readonly place: number;
}

const ROUND = 6;

/** Between lanes, in pixels, if there is room. */
const APART = 9;

/** Between the column and the first lane: the arrow. */
const FIRST = 16;

export function linesInColumn(
  groups: readonly { readonly takes: readonly number[] }[],
  nodes: readonly Point[],
  size: { readonly width: number; readonly height: number },
  /** Beside the column, on each side. */
  room: number,
): Drawing['lines'] {
  const order = [...nodes.keys()].sort((a, b) => nodes[a]!.y - nodes[b]!.y);
  const next = new Map(order.map((node, i) => [node, order[i + 1]]));
  const edges = groups.flatMap(({ takes }, to) => takes.map((from) => ({ from, to })));
  const lanes = placed(lanesOf(edges, next, nodes));
  const most = Math.max(1, ...lanes.map(({ place }) => place));
  const apart = Math.min(APART, (room - FIRST - ROUND) / most);
  const entries = entriesOf(lanes, size.height);
  const byNode = new Map(lanes.map((lane) => [lane.from, lane]));
  return edges.map(({ from, to }) => {
    const [a, b] = [nodes[from]!, nodes[to]!];
    const lane = byNode.get(from);
    if (next.get(from) === to || !lane) {
      return { from, to, path: `M${a.x},${a.y + size.height / 2}V${b.y - size.height / 2}` };
    }
    const edge = a.x + (lane.side * size.width) / 2;
    const x = edge + lane.side * (FIRST + lane.place * apart);
    const start = a.y + size.height / 2 - 9;
    const end = b.y + entries.get(keyOf(to, lane))!;
    return { from, to, path: around(edge, x, start, end, lane.side) };
  });
}

/** The lane of each node that leads to others than the next one. */
function lanesOf(
  edges: readonly { readonly from: number; readonly to: number }[],
  next: ReadonlyMap<number, number | undefined>,
  nodes: readonly Point[],
): readonly Lane[] {
  const targets = new Map<number, number[]>();
  for (const { from, to } of edges) {
    if (next.get(from) === to) continue;
    const known = targets.get(from);
    if (known) known.push(to);
    else targets.set(from, [to]);
  }
  return [...targets].map(([from, to]) => {
    const ys = [from, ...to].map((node) => nodes[node]!.y);
    return { from, to, top: Math.min(...ys), bottom: Math.max(...ys) };
  });
}

/** The shortest next to the column. Lanes at the same place do not meet. */
function placed(lanes: readonly Lane[]): readonly Placed[] {
  const done: Placed[] = [];
  const isFree = (lane: Lane, side: number, place: number): boolean =>
    done.every(
      (other) =>
        other.side !== side ||
        other.place !== place ||
        other.bottom < lane.top ||
        other.top > lane.bottom,
    );
  for (const lane of [...lanes].sort((a, b) => a.bottom - a.top - (b.bottom - b.top))) {
    for (let place = 0; ; place++) {
      const side = ([1, -1] as const).find((one) => isFree(lane, one, place));
      if (side === undefined) continue;
      done.push({ ...lane, side, place });
      break;
    }
  }
  return done;
}

const keyOf = (node: number, { from }: Lane): string => `${node} ${from}`;

/** Where the lanes enter a node, from its middle. The outermost is the lowest, so that none of them cross there. */
function entriesOf(lanes: readonly Placed[], height: number): ReadonlyMap<string, number> {
  const bySide = new Map<string, { readonly to: number; readonly lane: Placed }[]>();
  for (const lane of [...lanes].sort((a, b) => a.place - b.place)) {
    for (const to of lane.to) {
      const side = `${to} ${lane.side}`;
      bySide.set(side, [...(bySide.get(side) ?? []), { to, lane }]);
    }
  }
  const [top, room] = [8 - height / 2, height - 26];
  return new Map(
    [...bySide.values()].flatMap((entering) =>
      entering.map(({ to, lane }, i): [string, number] => {
        const place = entering.length === 1 ? 0.5 : i / (entering.length - 1);
        return [keyOf(to, lane), top + place * room];
      }),
    ),
  );
}

/** Out of the side of a node, along the lane, and into the same side of another node. */
function around(edge: number, x: number, start: number, end: number, side: 1 | -1): string {
  const down = end >= start ? 1 : -1;
  const round = Math.min(ROUND, Math.abs(end - start) / 2);
  const [inner, first, last] = [x - side * round, start + down * round, end - down * round];
  return `M${edge},${start}H${inner}Q${x},${start} ${x},${first}V${last}Q${x},${end} ${inner},${end}H${edge}`;
}
