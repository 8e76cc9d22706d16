/**
 * A TensorFlow graph as data, which `session.ts` runs. A `GraphBuilder` assembles it from single operations and from
 * traced computations (`tracing.ts`).
 */
import { type Attributes, FLOAT, float32, INTEGER, int32, type TensorValue } from './attributes.ts';
import type { Source, Trace } from './tracing.ts';

export interface GraphNode {
  readonly name: string;
  readonly operation: string;
  /** Outputs of other nodes, and `^NAME` of nodes that only have to run before. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** One of the outputs of a node: `NAME:0`. */
export type Output = string;

export class GraphBuilder {
  readonly nodes: GraphNode[] = [];

  /** Returns the first output of the node. `after`: outputs that must be computed before it starts. */
  add(
    operation: string,
    inputs: readonly Output[],
    attributes: Attributes,
    after: readonly Output[] = [],
  ): Output {
    const name = `n${this.nodes.length}`;
    const control = after.map((output) => `^${output.slice(0, output.indexOf(':'))}`);
    this.nodes.push({ name, operation, inputs: [...inputs, ...control], attributes });
    return `${name}:0`;
  }

  /** A float32 tensor that is an input of each run. */
  placeholder(shape: readonly number[]): Output {
    return this.add('Placeholder', [], { dtype: float32, shape: { kind: 'shape', value: shape } });
  }

  scalar(value: number): Output {
    return this.#constant({ type: FLOAT, shape: [], bytes: bytesOf(Float32Array.of(value)) });
  }

  /** `count` rows of a float32 tensor of `shape`, from row `first` on. */
  rows(input: Output, shape: readonly number[], first: number, count: number): Output {
    if (count === shape[0]) return input;
    const [begin, size] = [
      [first, ...shape.slice(1).fill(0)],
      [count, ...shape.slice(1)],
    ].map((extents) => {
      const bytes = bytesOf(Int32Array.from(extents));
      return this.#constant({ type: INTEGER, shape: [extents.length], bytes });
    });
    return this.add('Slice', [input, begin!, size!], { T: float32, Index: int32 });
  }

  /** The sum of at least one tensor, in the given order. */
  sum(terms: readonly Output[]): Output {
    const count = { kind: 'integer', value: terms.length } as const;
    return terms.length === 1 ? terms[0]! : this.add('AddN', terms, { T: float32, N: count });
  }

  /** The rows of at least one tensor, in the given order. */
  stacked(parts: readonly Output[]): Output {
    if (parts.length === 1) return parts[0]!;
    const axis = this.#constant({ type: INTEGER, shape: [], bytes: bytesOf(Int32Array.of(0)) });
    const count = { kind: 'integer', value: parts.length } as const;
    return this.add('ConcatV2', [...parts, axis], { T: float32, Tidx: int32, N: count });
  }

  /** The outputs of nodes from number `first` on that read `output`. */
  readersOf(output: Output, first: number): readonly Output[] {
    const reads = ({ inputs }: GraphNode) => inputs.includes(output);
    return this.nodes
      .slice(first)
      .filter(reads)
      .map(({ name }) => `${name}:0`);
  }

  #constant(value: TensorValue): Output {
    const dtype = { kind: 'type', value: value.type } as const;
    return this.add('Const', [], { dtype, value: { kind: 'tensor', value } });
  }

  /** Adds the nodes of a trace, with `inputs` as its inputs. Returns its outputs. */
  include(trace: Trace, inputs: readonly Output[]): readonly Output[] {
    const first = this.nodes.length;
    const output = (source: Source): Output =>
      'input' in source ? inputs[source.input]! : `n${first + source.node}:${source.output}`;
    for (const { operation, inputs: sources, attributes } of trace.nodes) {
      this.add(operation, sources.map(output), attributes);
    }
    return trace.outputs.map(output);
  }
}

function bytesOf({ buffer }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer);
}
