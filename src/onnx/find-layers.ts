/** Finds the nodes of a graph that can be replaced, and the reasons why others stay whole. */
import { freeNames, labelOf } from './check-graph.ts';
import type { Constant } from './constant.ts';
import { Constants } from './constants.ts';
import { convolutionLayer } from './convolution-layers.ts';
import { denseLayer } from './dense-layers.ts';
import { isFloatType } from './element-types.ts';
import { NodeNames } from './node-names.ts';
import type { OnnxFile } from './open.ts';
import type { Recognized } from './recognized.ts';
import type { StoredGraph, StoredNode } from './stored-graph.ts';

const rules: Readonly<
  Record<string, (constants: Constants, node: StoredNode) => Recognized | string>
> = { Gemm: denseLayer, MatMul: denseLayer, Conv: convolutionLayer };

/** Operations with weights that no method here factors. Those of other operator sets are treated so too. */
const OTHERS: readonly string[] = ['ConvTranspose', 'Einsum', 'GRU', 'Gather', 'LSTM', 'RNN'];

export interface FoundLayer extends Recognized {
  readonly name: string;
  readonly node: StoredNode;
}

export interface WholeNode {
  readonly name: string;
  readonly operation: string;
  readonly reason: string;
}

export interface FoundLayers {
  readonly constants: Constants;
  readonly layers: readonly FoundLayer[];
  readonly whole: readonly WholeNode[];
}

export function findLayers({ bytes, graph, irVersion }: OnnxFile): FoundLayers {
  const constants = new Constants(bytes, graph, irVersion);
  const names = new NodeNames();
  const candidates: FoundLayer[] = [];
  const whole: WholeNode[] = [];
  const computed = graph.nodes.filter(({ outputs }) => !constants.at(outputs[0] ?? ''));
  for (const node of computed) {
    const { operation } = node;
    const name = names.of(node);
    const rule = node.domain === '' && Object.hasOwn(rules, operation) && rules[operation];
    if (rule) {
      const found = isComplete(node) ? rule(constants, node) : 'it lacks an input or an output';
      if (typeof found === 'string') whole.push({ name, operation, reason: found });
      else candidates.push({ name, node, ...found });
    } else if (hasOtherWeights(constants, node)) {
      whole.push({ name, operation, reason: `weights of the operation ${operation} stay whole` });
    }
    for (const inner of nodesInside(node)) {
      if (!Object.hasOwn(rules, inner.operation)) continue;
      const reason = `it is inside ${labelOf(node)} (${operation})`;
      whole.push({ name: names.of(inner), operation: inner.operation, reason });
    }
  }
  const uses = usesOf(constants, graph, computed, candidates);
  const layers = candidates.filter((layer) => {
    const kernel = kernelOf(layer);
    for (const [other, user] of uses.get(layer.weight.root)!) {
      if (other === kernel) continue;
      const reason = `its weight has another use: ${user}`;
      whole.push({ name: layer.name, operation: layer.node.operation, reason });
      return false;
    }
    return true;
  });
  return { constants, layers, whole };
}

function isComplete({ inputs, outputs }: StoredNode): boolean {
  return inputs.length > 1 && inputs[0] !== '' && inputs[1] !== '' && outputs.length === 1;
}

/** Equal for constants with equal elements. */
export function viewOf({ root, steps }: Constant): string {
  return JSON.stringify([root, ...steps]);
}

/** Equal for layers that the same factors can replace. */
function kernelOf({ weight, groups }: Recognized): string {
  return JSON.stringify([viewOf(weight), groups]);
}

/** Undefined for a use that is not the weight of a layer. */
type Kernel = string | undefined;

/** Root -> how it is read, directly or behind nodes that are constant -> the first node that reads it so. */
function usesOf(
  constants: Constants,
  graph: StoredGraph,
  computed: readonly StoredNode[],
  candidates: readonly FoundLayer[],
): ReadonlyMap<string, ReadonlyMap<Kernel, string>> {
  const uses = new Map<string, Map<Kernel, string>>();
  const add = (name: string, user: string, kernel?: Kernel): void => {
    const root = constants.at(name)?.root;
    if (root === undefined) return;
    const known = uses.get(root) ?? new Map<Kernel, string>();
    if (!known.has(kernel)) known.set(kernel, user);
    uses.set(root, known);
  };
  const layers = new Map(candidates.map((layer) => [layer.node, layer]));
  for (const node of computed) {
    const layer = layers.get(node);
    const user = labelOf(node);
    for (const [place, name] of node.inputs.entries()) {
      add(name, user, place === layer?.place ? kernelOf(layer) : undefined);
    }
    for (const { graphs } of node.attributes.values()) {
      for (const body of graphs) for (const name of freeNames(body)) add(name, user);
    }
  }
  for (const { name } of graph.outputs) add(name, `the output '${name}' of the model`);
  return uses;
}

function hasOtherWeights(constants: Constants, node: StoredNode): boolean {
  if (node.domain === '' && !OTHERS.includes(node.operation)) return false;
  return node.inputs.some((name) => {
    const constant = constants.at(name);
    return constant !== undefined && isFloatType(constant.type) && constant.shape.length >= 2;
  });
}

function* nodesInside(node: StoredNode): Iterable<StoredNode> {
  for (const { graphs } of node.attributes.values()) {
    for (const body of graphs) {
      for (const inner of body.nodes) {
        yield inner;
        yield* nodesInside(inner);
      }
    }
  }
}
