/** The constants that a dense layer adds to its outputs. */
import { floatAttribute } from './attributes.ts';
import type { Constant } from './constant.ts';
import type { Constants } from './constants.ts';
import type { FoundLayer } from './find-layers.ts';
import type { StoredGraph } from './stored-graph.ts';
import { countOf } from './stored-tensor.ts';

/** The third input of a `Gemm`: one value per output. Undefined if it has none, or one that is not so. */
export function gemmBias(
  constants: Constants,
  { node, place, weight }: FoundLayer,
): Float64Array | undefined {
  if (node.operation !== 'Gemm') return undefined;
  const known = constants.at(node.inputs[2] ?? '');
  const outputs = weight.shape[0]!;
  if (!known || !isAlong(known, alongOutputs(place, outputs))) return undefined;
  const factor = floatAttribute(constants.bytes, node, 'beta') ?? 1;
  const values = known.read();
  return Float64Array.from(
    { length: outputs },
    (_, i) => factor * values[values.length > 1 ? i : 0]!,
  );
}

/** The same, and the constant of the node `Add` that a replacement with a bias got (`addAfter`). */
export function constantBias(
  constants: Constants,
  graph: StoredGraph,
  layer: FoundLayer,
): Float64Array | undefined {
  const bias = gemmBias(constants, layer);
  // The writer adds a number to a name that the graph has already.
  const name = layer.name.replace(/\.left(\.\d+)?$/, '.add');
  const [output] = layer.node.outputs;
  const after = graph.nodes.find(
    (node) =>
      node.operation === 'Add' &&
      node.inputs[0] === output &&
      node.name.replace(/\.\d+$/, '') === name,
  );
  const added = constants.at(after?.inputs[1] ?? '');
  if (!added || added.unsupported !== undefined || countOf(added.shape) !== layer.weight.shape[0]) {
    return bias;
  }
  return Float64Array.from(added.read(), (value, i) => value + (bias?.[i] ?? 0));
}

/** The shape of values that are added to each sample, where samples are rows or columns. */
export function alongOutputs(place: number, outputs: number): readonly number[] {
  return place === 1 ? [outputs] : [outputs, 1];
}

/** Whether a bias has one value, or one for each output in the same layout. */
function isAlong({ shape, unsupported }: Constant, along: readonly number[]): boolean {
  if (unsupported !== undefined) return false;
  if (shape.every((extent) => extent === 1)) return true;
  return shape.join() === along.join() || shape.join() === [1, ...along].join();
}
