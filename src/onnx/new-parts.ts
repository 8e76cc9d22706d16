/**
 * The nodes and constants that a written model has in addition. Constants with equal elements for the same use are
 * written once, so tied weights stay tied.
 */
import { ExpectedError } from '../base/expected-error.ts';
import { fitsIn, floatBytes } from '../base/half-floats.ts';
import { codeOfFloats, elementSize, type FloatType } from './element-types.ts';
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

/** A constant that may be needed several times. */
export interface Wanted {
  /** What it is derived from and for. Only constants with the same purpose are shared. */
  readonly purpose: string;
  /** Taken if nothing else has it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: Float32Array;
  /** The layout in which the elements are written. Without it they are written as they are. */
  readonly arranged?: (elements: Float32Array) => Float32Array;
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
    const key = JSON.stringify([wanted.purpose, wanted.shape, wanted.type, wanted.stored]);
    const others = this.#shared.get(key) ?? [];
    const same = others.find((other) => areEqual(other.wanted.elements, wanted.elements));
    if (same) return same.value;
    const value = this.#add(wanted, nodes);
    this.#shared.set(key, [...others, { wanted, value }]);
    return value;
  }

  #add({ name, shape, elements, arranged, type, stored }: Wanted, nodes: NewNode[]): string {
    if (!fitsIn(elements, stored)) {
      throw new ExpectedError(
        `'${name}' has values that ${stored} can't represent`,
        'Use another method or rate for this layer, or leave it whole.',
      );
    }
    const constant = this.name(name);
    const bytes = {
      length: elements.length * elementSize(stored)!,
      make: () => floatBytes(arranged ? arranged(elements) : elements, stored),
    };
    this.constants.push({ name: constant, type: codeOfFloats(stored), shape, bytes });
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
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}
