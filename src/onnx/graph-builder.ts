/** Assembles an ONNX graph node by node. */
import type {
  ElementType,
  OnnxAttribute,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from './model.ts';

/** It has all operations and types that are used here, and ONNX Runtime reads it since version 1.17. */
const OPSET = 20;

/** The name of a value of the graph. */
export type Value = string;

/** A number or an array of numbers is an integer attribute; `{ float: 1e-5 }` is a float. */
type Attributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

type Elements = Float32Array | Int32Array | BigInt64Array;

export class OnnxGraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  /** Small constants by their content, so that equal ones are written once. */
  readonly #constants = new Map<string, Value>();
  readonly #tables: { readonly name: Value; readonly elements: Int32Array }[] = [];
  #values = 0;

  input(name: string, shape: readonly (number | string)[], type: ElementType = 'float32'): Value {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /** A value that a run returns. */
  output(value: Value, shape: readonly (number | string)[], type: ElementType = 'float32'): Value {
    this.#outputs.push({ name: value, type, shape });
    return value;
  }

  /** A node with one output, which `name` names. */
  add(
    operation: string,
    inputs: readonly Value[],
    attributes: Attributes = {},
    name: Value = this.#fresh(),
  ): Value {
    this.#addNode(operation, inputs, [name], attributes);
    return name;
  }

  /** A node with several outputs. */
  addMany(
    operation: string,
    inputs: readonly Value[],
    count: number,
    attributes: Attributes = {},
  ): readonly Value[] {
    const outputs = Array.from({ length: count }, () => this.#fresh());
    this.#addNode(operation, inputs, outputs, attributes);
    return outputs;
  }

  /** A constant tensor. Its elements are not copied before `model` is written. */
  constant(shape: readonly number[], elements: Elements): Value {
    const name = this.#fresh();
    const { buffer, byteOffset, byteLength } = elements;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.#initializers.push({ name, type: typeOf(elements), shape, bytes });
    return name;
  }

  /** A vector of int32, such as row numbers. Equal ones are written once. */
  table(elements: Int32Array): Value {
    const known = this.#tables.find(
      (table) => table.elements.length === elements.length && sameBytes(table.elements, elements),
    );
    if (known) return known.name;
    const name = this.constant([elements.length], elements);
    this.#tables.push({ name, elements });
    return name;
  }

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.#once(`scalar ${value}`, () => this.constant([], Float32Array.of(value)));
  }

  /** A vector of int64, such as a shape or axes. */
  integers(...values: readonly number[]): Value {
    return this.#once(`integers ${values.join()}`, () =>
      this.constant([values.length], BigInt64Array.from(values, BigInt)),
    );
  }

  /** A matrix of int64, such as places of rows. */
  integerMatrix(rows: readonly (readonly number[])[]): Value {
    return this.#once(`matrix ${rows.join(';')}`, () =>
      this.constant([rows.length, rows[0]!.length], BigInt64Array.from(rows.flat(), BigInt)),
    );
  }

  /** float32. */
  zeros(...shape: readonly number[]): Value {
    return this.#once(`zeros ${shape.join()}`, () =>
      this.constant(shape, new Float32Array(shape.reduce((size, extent) => size * extent, 1))),
    );
  }

  model(name: string): OnnxModel {
    return {
      graph: {
        name,
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: this.#inputs,
        outputs: this.#outputs,
      },
      opsets: { '': OPSET },
    };
  }

  #once(content: string, make: () => Value): Value {
    const known = this.#constants.get(content);
    if (known !== undefined) return known;
    const made = make();
    this.#constants.set(content, made);
    return made;
  }

  #fresh(): Value {
    return `v${this.#values++}`;
  }

  #addNode(
    operation: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Attributes,
  ): void {
    const name = `${operation}_${this.#nodes.length}`;
    const values = Object.entries(attributes).map(([key, value]) => [key, attribute(value)]);
    this.#nodes.push({ name, operation, inputs, outputs, attributes: Object.fromEntries(values) });
  }
}

function attribute(value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return { kind: 'integer', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if ('float' in value) return { kind: 'float', value: value.float };
  return { kind: 'integers', value };
}

function sameBytes(a: Int32Array, b: Int32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Int32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

function typeOf(elements: Elements): ElementType {
  if (elements instanceof Float32Array) return 'float32';
  return elements instanceof Int32Array ? 'int32' : 'int64';
}
