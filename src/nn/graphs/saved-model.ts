/**
 * A graph in the format that TensorFlow's C library loads: a SavedModel without variables, in Protocol
 * Buffers (the messages of tensorflow/core/protobuf/saved_model.proto and what it includes).
 */
import type { AttributeValue, TensorValue } from './attributes.ts';
import type { GraphNode } from './graph.ts';

export const TAG = 'serve';

/** Of TensorFlow 2.9, the oldest that is used: later ones read it as that one meant it. */
const GRAPH_VERSION = 1087;

type Field = readonly [number: number, value: number | bigint | Float | Uint8Array | string];

/** Told apart from an integer, which is written in another way. */
interface Float {
  readonly float: number;
}

export function savedModel(nodes: readonly GraphNode[]): Uint8Array {
  const graph = message([
    ...nodes.map((node): Field => [1, nodeMessage(node)]),
    [4, message([[1, GRAPH_VERSION]])],
  ]);
  const metaGraph = message([
    [1, message([[4, TAG]])],
    [2, graph],
  ]);
  return message([
    [1, 1],
    [2, metaGraph],
  ]);
}

function nodeMessage({ name, operation, inputs, attributes }: GraphNode): Uint8Array {
  const entries = Object.entries(attributes).map(([key, value]): Field => {
    const entry = message([
      [1, key],
      [2, message([attributeField(value)])],
    ]);
    return [5, entry];
  });
  return message([
    [1, name],
    [2, operation],
    ...inputs.map((input): Field => [3, input]),
    ...entries,
  ]);
}

function attributeField({ kind, value }: AttributeValue): Field {
  switch (kind) {
    case 'string':
      return [2, value];
    case 'integer':
      return [3, value];
    case 'float':
      return [4, { float: value }];
    case 'boolean':
      return [5, value ? 1 : 0];
    case 'type':
      return [6, value];
    case 'shape':
      return [7, shapeMessage(value)];
    case 'tensor':
      return [8, tensorMessage(value)];
    case 'integers':
      return [1, message(value.map((one): Field => [3, one]))];
    case 'floats':
      return [1, message(value.map((one): Field => [4, { float: one }]))];
  }
}

function shapeMessage(shape: readonly number[]): Uint8Array {
  return message(shape.map((extent): Field => [2, message([[1, extent]])]));
}

function tensorMessage({ type, shape, bytes }: TensorValue): Uint8Array {
  return message([
    [1, type],
    [2, shapeMessage(shape)],
    [4, bytes],
  ]);
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

function message(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields.flatMap(([number, value]) => encoded(number, value)));
}

function encoded(number: number, value: Field[1]): readonly Uint8Array[] {
  const tag = (wireType: number) => varint(number * 8 + wireType);
  if (typeof value === 'number' || typeof value === 'bigint') return [tag(VARINT), varint(value)];
  if (typeof value === 'object' && 'float' in value) {
    return [tag(FIXED32), new Uint8Array(Float32Array.of(value.float).buffer)];
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return [tag(LENGTH_DELIMITED), varint(bytes.length), bytes];
}

/** Seven bits a byte, the lowest first; a negative number counts as one of 64 bits. */
function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
