/** The number of weights of a model: the floats in its constants, wherever the file has them. */
import { freeNames } from './check-graph.ts';
import { Constants } from './constants.ts';
import { isFloatType } from './element-types.ts';
import type { OnnxFile } from './open.ts';
import type { StoredGraph, StoredNode } from './stored-graph.ts';
import { countOf, type StoredTensor } from './stored-tensor.ts';

/** Constants that nodes share count once. */
export function weightCount({ bytes, graph, irVersion }: OnnxFile): number {
  const constants = new Constants(bytes, graph, irVersion);
  const counts = new Map(graph.initializers.map((one) => [one.name, floatsIn(one)]));
  const add = (name: string): void => {
    const constant = constants.at(name);
    if (constant && isFloatType(constant.type)) counts.set(constant.root, countOf(constant.shape)!);
  };
  let inside = 0;
  for (const node of graph.nodes) {
    node.inputs.forEach(add);
    for (const body of bodiesOf(node)) {
      for (const name of freeNames(body)) add(name);
      inside += floatsInside(body);
    }
  }
  return [...counts.values()].reduce((sum, count) => sum + count, inside);
}

/** In the initializers and constants of a branch or of the body of a loop, which no other graph reads. */
function floatsInside({ initializers, nodes }: StoredGraph): number {
  let sum = 0;
  for (const tensor of initializers) sum += floatsIn(tensor);
  for (const node of nodes) {
    for (const { tensors } of node.attributes.values()) {
      for (const tensor of tensors) if (node.operation === 'Constant') sum += floatsIn(tensor);
    }
    for (const body of bodiesOf(node)) sum += floatsInside(body);
  }
  return sum;
}

function floatsIn({ type, count }: StoredTensor): number {
  return isFloatType(type) ? count : 0;
}

function bodiesOf({ attributes }: StoredNode): readonly StoredGraph[] {
  return Array.from(attributes.values(), ({ graphs }) => graphs).flat();
}
