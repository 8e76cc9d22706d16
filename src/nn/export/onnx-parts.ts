/** Nodes and constants of an exported graph. */
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../onnx/model.ts';
import type { WeightedLayer } from '../model/description.ts';

/** What a layer adds to the graph. */
export interface Step {
  /** The output of the last one is that of the layer. */
  readonly nodes: readonly OnnxNode[];
  readonly constants?: readonly OnnxTensor[];
  /** The layer, if its weights are used. */
  readonly weighted?: WeightedLayer;
}

export type Attributes = Readonly<Record<string, OnnxAttribute | readonly number[]>>;

/** A list of numbers is an attribute of integers. */
export function node(
  operation: string,
  name: string,
  inputs: readonly string[],
  attributes: Attributes = {},
): OnnxNode {
  const values = Object.entries(attributes).map(([key, value]) => [
    key,
    'kind' in value ? value : { kind: 'integers', value },
  ]);
  // No weight has this suffix.
  const outputs = [`${name}.output`];
  return { name, operation, inputs, outputs, attributes: Object.fromEntries(values) };
}

export function integers(name: string, values: ArrayLike<number>): OnnxTensor {
  const elements = BigInt64Array.from(Array.from(values), BigInt);
  const bytes = new Uint8Array(elements.buffer);
  return { name, type: 'int64', shape: [elements.length], bytes };
}

export function tensor(name: string, shape: readonly number[], data: Float32Array): OnnxTensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, type: 'float32', shape, bytes };
}
