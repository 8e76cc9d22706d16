/**
 * A TensorFlow graph as data: what is computed from what, to be run as a whole (`session.ts`).
 *
 * A graph is put together in a `GraphBuilder`, of single operations and of whole computations that were
 * recorded (`recording.ts`).
 */
import { type Attributes, FLOAT, float32 } from './attributes.ts';
import type { Recording, Source } from './recording.ts';

export interface GraphNode {
  readonly name: string;
  readonly operation: string;
  /** Outputs of other nodes, and `^NAME` of nodes that only have to be done before. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** One of the outputs of a node: `NAME:0`. */
export type Output = string;

export class GraphBuilder {
  readonly nodes: GraphNode[] = [];

  /** Its first output. `after`: outputs that have to be there before it starts. */
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

  /** A float32 tensor that is given at each run. */
  placeholder(shape: readonly number[]): Output {
    return this.add('Placeholder', [], { dtype: float32, shape: { kind: 'shape', value: shape } });
  }

  scalar(value: number): Output {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    const tensor = { type: FLOAT, shape: [], bytes };
    return this.add('Const', [], { dtype: float32, value: { kind: 'tensor', value: tensor } });
  }

  /** What was recorded, with `inputs` for its inputs: its outputs. */
  include(recording: Recording, inputs: readonly Output[]): readonly Output[] {
    const first = this.nodes.length;
    const output = (source: Source): Output =>
      'input' in source ? inputs[source.input]! : `n${first + source.node}:${source.output}`;
    for (const { operation, inputs: sources, attributes } of recording.nodes) {
      this.add(operation, sources.map(output), attributes);
    }
    return recording.outputs.map(output);
  }
}
