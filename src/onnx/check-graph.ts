/**
 * Checks that the names of a graph make sense: each value has one source, each name that is read has a value, and no
 * value depends on itself. Nodes may stand in any order, as ONNX Runtime allows.
 */
import type { ModelBytes } from './model-bytes.ts';
import type { StoredGraph, StoredNode } from './stored-graph.ts';

/**
 * @param outer the values of each graph around this one
 * @throws ExpectedError
 */
export function checkGraph(
  bytes: ModelBytes,
  graph: StoredGraph,
  outer: readonly ReadonlySet<string>[] = [],
): void {
  const scopes = [definedIn(bytes, graph), ...outer];
  const isKnown = (name: string): boolean => scopes.some((scope) => scope.has(name));
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name === '' || isKnown(name)) continue;
      throw bytes.invalid(`${labelOf(node)} reads '${name}', which nothing computes`);
    }
    for (const { graphs } of node.attributes.values()) {
      for (const body of graphs) checkGraph(bytes, body, scopes);
    }
  }
  for (const { name } of graph.outputs) {
    if (!isKnown(name)) throw bytes.invalid(`no node computes the output '${name}'`);
  }
  checkOrder(bytes, graph);
}

/** The names that the nodes of this graph read from outside, in bodies too. */
export function freeNames(graph: StoredGraph): Set<string> {
  const free = new Set(graph.nodes.flatMap(namesRead));
  for (const { name } of graph.outputs) free.add(name);
  for (const name of localNames(graph)) free.delete(name);
  return free;
}

/** The names that a node reads, also in the bodies of an If or a Loop. */
export function namesRead(node: StoredNode): readonly string[] {
  const names = node.inputs.filter((name) => name !== '');
  for (const { graphs } of node.attributes.values()) {
    for (const body of graphs) for (const name of freeNames(body)) names.push(name);
  }
  return names;
}

/** How messages call a node: by its name, or by what it computes. */
export function labelOf({ name, operation, outputs }: StoredNode): string {
  return name === '' ? `the ${operation} of '${outputs[0] ?? ''}'` : `the node '${name}'`;
}

function* localNames(graph: StoredGraph): Iterable<string> {
  for (const { name } of graph.inputs) yield name;
  for (const { name } of graph.initializers) yield name;
  yield* graph.sparse;
  for (const { outputs } of graph.nodes) yield* outputs;
}

function definedIn(bytes: ModelBytes, graph: StoredGraph): Set<string> {
  const inputs = distinct(
    bytes,
    graph.inputs.map(({ name }) => name),
    'inputs',
  );
  const names = [...graph.initializers.map(({ name }) => name), ...graph.sparse];
  const computed = graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  const sources = distinct(bytes, names, 'initializers');
  for (const name of distinct(bytes, computed, 'outputs of nodes')) {
    if (sources.has(name) || inputs.has(name)) {
      throw bytes.invalid(`a node computes '${name}', which is also an input or an initializer`);
    }
    sources.add(name);
  }
  // An initializer can be the default value of an input.
  for (const name of inputs) sources.add(name);
  return sources;
}

function distinct(bytes: ModelBytes, names: readonly string[], kind: string): Set<string> {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw bytes.invalid(`two ${kind} have the name '${name}'`);
    seen.add(name);
  }
  return seen;
}

/** Removes nodes that depend on no remaining node, until there are none. The remaining nodes depend on themselves. */
function checkOrder(bytes: ModelBytes, { nodes }: StoredGraph): void {
  const producer = new Map<string, number>();
  for (const [index, { outputs }] of nodes.entries()) {
    for (const name of outputs) if (name !== '') producer.set(name, index);
  }
  const waitsFor = nodes.map(() => 0);
  const readers: number[][] = nodes.map(() => []);
  for (const [index, node] of nodes.entries()) {
    for (const name of namesRead(node)) {
      const source = producer.get(name);
      if (source === undefined) continue;
      readers[source]!.push(index);
      waitsFor[index]!++;
    }
  }
  const ready = Array.from(nodes.keys()).filter((index) => waitsFor[index] === 0);
  for (const done of ready) {
    for (const reader of readers[done]!) if (--waitsFor[reader]! === 0) ready.push(reader);
  }
  const stuck = nodes.find((_, index) => waitsFor[index]! > 0);
  if (stuck) throw bytes.invalid(`${labelOf(stuck)} depends on its own output`);
}
