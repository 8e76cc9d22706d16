/** The positions of the nodes, and the lines between them. */
import { layout as dagre, Graph } from '@dagrejs/dagre';
import type { Group } from '../messages.ts';
import { type Drawing, NODE, type Point } from './drawing.ts';
import { inLayers } from './layers.ts';

/** Above this number dagre takes seconds, and a simple layout is enough. */
const MOST_FOR_DAGRE = 60;

/** A drawing that is wider than `room` would have to be scrolled in both directions. */
export function layOut(groups: readonly Pick<Group, 'takes'>[], room: number): Drawing {
  const drawing = groups.length > MOST_FOR_DAGRE ? undefined : byDagre(groups);
  return drawing && drawing.width <= room ? drawing : inLayers(groups, NODE, room);
}

function byDagre(groups: readonly Pick<Group, 'takes'>[]): Drawing {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 52, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const i of groups.keys()) graph.setNode(String(i), { ...NODE });
  for (const [i, { takes }] of groups.entries()) {
    for (const taken of takes) graph.setEdge(String(taken), String(i));
  }
  dagre(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: groups.map((_group, i) => graph.node(String(i)) as Point),
    lines: graph.edges().map((edge) => ({
      from: Number(edge.v),
      to: Number(edge.w),
      path: smooth((graph.edge(edge) as { points: Point[] }).points),
    })),
  };
}

/** A smooth line through the middles between the points. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop()!;
  let path = `M${first!.x},${first!.y}`;
  for (const [i, point] of rest.entries()) {
    const next = rest[i + 1] ?? last;
    const end =
      i === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += `Q${point.x},${point.y} ${end.x},${end.y}`;
  }
  return rest.length === 0 ? `${path}L${last.x},${last.y}` : path;
}
