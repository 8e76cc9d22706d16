/**
 * The nodes and constants that a written model has in addition. Constants with equal elements for the same use are
 * written once, so tied weights stay tied.
 */
import { ExpectedError } from '../base/expected-error.ts';
import { fitsIn, floatBytes } from '../base/half-floats.ts';
import { codeOfFloats, elementSize, type FloatType, INT8_CODE } from './element-types.ts';
import type { OnnxAttributes, OnnxNode } from './model.ts';
import type { Span } from './model-bytes.ts';
import type { NewBytes } from './pieces.ts';

export interface NewNode extends OnnxNode {
  /** Fields of the replaced node with documentation and metadata. */
  readonly notes: readonly Span[];
}

export interface NewConstant {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly bytes: NewBytes;
}

export type Arrange = <A extends Float32Array | Int8Array>(elements: A) => A;

export interface Int8Elements {
  readonly values: Int8Array;
  /** One per index of the first axis, before the elements are arranged. */
  readonly scales: Float32Array;
  /** The axis of the written constant that has the scales. */
  readonly axis: number;
}

/** A constant that may be needed several times. */
export interface Wanted {
  /** What it is derived from and for. Only constants with the same purpose are shared. */
  readonly purpose: string;
  /** Taken if nothing else has it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: Float32Array;
  /** The layout in which the elements are written. Without it they are written as they are. */
  readonly arranged?: Arrange;
  /** How the elements are stored in 8 bits. Nodes `DequantizeLinear` and `Cast` make the elements of them. */
  readonly int8?: Int8Elements;
  readonly type: FloatType;
  /** If it differs from `type`, a node `Cast` follows. */
  readonly stored: FloatType;
}

export class NewParts {
  readonly constants: NewConstant[] = [];
  /** Node names and value names of the model. */
  readonly #taken: Set<string>;
  readonly #shared = new Map<string, { readonly wanted: Wanted; readonly value: string }[]>();

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** A name that nothing has. */
  name(wish: string): string {
    let name = wish;
    for (let count = 2; this.#taken.has(name); count++) name = `${wish}.${count}`;
    this.#taken.add(name);
    return name;
  }

  /**
   * The name of the value.
   *
   * @param nodes gets the node that the value needs
   */
  constant(wanted: Wanted, nodes: NewNode[]): string {
    const { purpose, shape, type, stored, int8 } = wanted;
    const key = JSON.stringify([purpose, shape, type, int8 ? 'int8' : stored]);
    const others = this.#shared.get(key) ?? [];
    const same = others.find((other) => areEqual(other.wanted.elements, wanted.elements));
    if (same) return same.value;
    const value = this.#add(wanted, nodes);
    this.#shared.set(key, [...others, { wanted, value }]);
    return value;
  }

  #add(wanted: Wanted, nodes: NewNode[]): string {
    const { name, shape, elements, arranged, int8, type, stored } = wanted;
    const least = int8 ? type : stored;
    if (!fitsIn(elements, least)) {
      throw new ExpectedError(
        `'${name}' has values that ${least} can't represent`,
        'Use another method or rate for this layer, or leave it whole.',
      );
    }
    if (int8) return this.#cast(this.#dequantized(wanted, int8, nodes), 'F32', type, nodes);
    const constant = this.name(name);
    const bytes = {
      length: elements.length * elementSize(stored)!,
      make: () => floatBytes(arranged ? arranged(elements) : elements, stored),
    };
    this.constants.push({ name: constant, type: codeOfFloats(stored), shape, bytes });
    return this.#cast(constant, stored, type, nodes);
  }

  #dequantized(
    { name, shape, arranged }: Wanted,
    { values, scales, axis }: Int8Elements,
    nodes: NewNode[],
  ): string {
    const constant = this.name(name);
    const integers = { length: values.length, make: () => bytesOf(arranged?.(values) ?? values) };
    this.constants.push({ name: constant, type: INT8_CODE, shape, bytes: integers });
    const scale = this.name(`${constant}.scale`);
    const floats = { length: scales.byteLength, make: () => bytesOf(scales) };
    const { length } = scales;
    this.constants.push({ name: scale, type: codeOfFloats('F32'), shape: [length], bytes: floats });
    const attributes: OnnxAttributes = { axis: { kind: 'integer', value: axis } };
    const output = this.name(`${constant}.dequantized`);
    nodes.push({
      ...{ name: output, operation: 'DequantizeLinear', inputs: [constant, scale] },
      ...{ outputs: [output], attributes, notes: [] },
    });
    return output;
  }

  #cast(constant: string, stored: FloatType, type: FloatType, nodes: NewNode[]): string {
    if (stored === type) return constant;
    const attributes: OnnxAttributes = { to: { kind: 'integer', value: codeOfFloats(type) } };
    const output = this.name(`${constant}.cast`);
    nodes.push({
      ...{ name: output, operation: 'Cast', inputs: [constant], outputs: [output] },
      ...{ attributes, notes: [] },
    });
    return output;
  }
}

function areEqual(a: Float32Array, b: Float32Array): boolean {
  if (a === b) return true;
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
