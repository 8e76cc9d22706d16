/** Constants that nothing uses after layers were replaced. Those that nothing used before are kept. */
import { namesRead } from './check-graph.ts';
import type { Constants } from './constants.ts';
import type { NewNode } from './new-parts.ts';
import type { StoredGraph, StoredNode } from './stored-graph.ts';

export interface Unused {
  /** Initializers, and what nodes computed from them. */
  readonly names: ReadonlySet<string>;
  readonly nodes: ReadonlySet<StoredNode>;
}

/** @param chains what nodes are replaced by */
export function unusedConstants(
  constants: Constants,
  graph: StoredGraph,
  chains: ReadonlyMap<StoredNode, readonly NewNode[]>,
): Unused {
  const readers = new Map<string, number>();
  const count = (name: string, change: number): number => {
    const total = (readers.get(name) ?? 0) + change;
    readers.set(name, total);
    return total;
  };
  for (const node of graph.nodes) {
    const chain = chains.get(node);
    for (const name of chain?.flatMap(({ inputs }) => inputs) ?? namesRead(node)) count(name, 1);
  }
  for (const { name } of graph.outputs) count(name, 1);
  const names = new Set<string>();
  const nodes = new Set<StoredNode>();
  const pending = Array.from(chains.keys(), ({ inputs }) => inputs).flat();
  for (const name of pending) {
    if (names.has(name) || count(name, 0) > 0 || !constants.at(name)) continue;
    names.add(name);
    const node = constants.producer(name);
    if (!node) continue;
    nodes.add(node);
    for (const input of node.inputs) if (count(input, -1) === 0) pending.push(input);
  }
  return { names, nodes };
}
