/**
 * The values of a graph that are constant: initializers, `Constant` and `ConstantOfShape`, and what `Identity`, `Cast`,
 * `Transpose`, `Reshape` and `DequantizeLinear` make of constants.
 *
 * Before version 4 of the file format, each initializer is also an input of the graph, and is constant. Since then, an
 * initializer that is also an input is only its default value, which a run may replace. ONNX Runtime decides so too.
 */
import type { Constant, ConstantSource } from './constant.ts';
import { constantNodes } from './constant-nodes.ts';
import { isReadable } from './element-types.ts';
import type { ModelBytes } from './model-bytes.ts';
import type { StoredGraph, StoredNode } from './stored-graph.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { floatsOf, integersOf } from './tensor-elements.ts';

/** Longer chains count as not constant, so that a hostile file can't exhaust the stack. */
const CHAIN_LIMIT = 64;
/** Elements of a shape. */
const SHAPE_LIMIT = 64;

export class Constants implements ConstantSource {
  readonly bytes: ModelBytes;
  readonly #initializers: ReadonlyMap<string, StoredTensor>;
  readonly #producers = new Map<string, StoredNode>();
  readonly #defaults = new Set<string>();
  readonly #known = new Map<string, Constant | undefined>();
  #depth = 0;

  constructor(bytes: ModelBytes, graph: StoredGraph, irVersion: number) {
    this.bytes = bytes;
    this.#initializers = new Map(graph.initializers.map((one) => [one.name, one]));
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#producers.set(output, node);
    }
    if (irVersion < 4) return;
    for (const { name } of graph.inputs) if (this.#initializers.has(name)) this.#defaults.add(name);
  }

  at(name: string): Constant | undefined {
    if (name === '' || this.#defaults.has(name)) return undefined;
    if (this.#known.has(name)) return this.#known.get(name);
    if (this.#depth === CHAIN_LIMIT) return undefined;
    this.#depth++;
    const constant = this.#make(name);
    this.#depth--;
    this.#known.set(name, constant);
    return constant;
  }

  /** Whether a run may replace the value, an initializer. */
  isDefault(name: string): boolean {
    return this.#defaults.has(name);
  }

  /** The elements of a constant shape. */
  shapeAt(name: string): readonly number[] | undefined {
    const tensor = this.#tensorAt(name);
    if (tensor?.type !== 'I64' || tensor.count > SHAPE_LIMIT) return undefined;
    return integersOf(this.bytes, tensor);
  }

  producer(name: string): StoredNode | undefined {
    return this.#producers.get(name);
  }

  /** The constant that is stored as `tensor`. */
  fromTensor(root: string, tensor: StoredTensor): Constant {
    const { shape, type } = tensor;
    const isUnread = !isReadable(type) && { unsupported: `is stored as ${type}` };
    const read = () => floatsOf(this.bytes, tensor)!;
    return { root, steps: [], shape, type, stored: type, links: 0, ...isUnread, read };
  }

  /** The tensor of an initializer or of a `Constant`. */
  #tensorAt(name: string): StoredTensor | undefined {
    if (this.#defaults.has(name)) return undefined;
    const producer = this.#producers.get(name);
    if (!producer) return this.#initializers.get(name);
    if (producer.operation === 'Identity') return this.#initializers.get(producer.inputs[0] ?? '');
    return producer.operation === 'Constant'
      ? producer.attributes.get('value')?.tensors[0]
      : undefined;
  }

  #make(name: string): Constant | undefined {
    const initializer = this.#initializers.get(name);
    if (initializer) return this.fromTensor(name, initializer);
    const node = this.#producers.get(name);
    if (node?.domain !== '' || node.outputs.length !== 1) return undefined;
    const constant = constantNodes[node.operation]?.(this, node);
    if (!constant) return undefined;
    // No rule reads more than three inputs.
    const links = node.inputs.slice(0, 3).map((input) => this.at(input)?.links ?? 0);
    const longest = Math.max(0, ...links);
    return longest < CHAIN_LIMIT ? { ...constant, links: longest + 1 } : undefined;
  }
}
