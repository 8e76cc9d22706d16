/**
 * A graph in the format that TensorFlow's C library loads: a SavedModel without variables, in Protocol
 * Buffers (the messages of tensorflow/core/protobuf/saved_model.proto and what it includes).
 */
import type { AttributeValue, TensorValue } from './attributes.ts';
import type { GraphNode } from './graph.ts';

export const TAG = 'serve';

/** Of TensorFlow 2.9, the oldest that is used: later ones read it as that one meant it. */
const GRAPH_VERSION = 1087;

type Field = readonly [number: number, value: number | Float | Bytes | Uint8Array | string];

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
  return Uint8Array.from(
    message([
      [1, 1],
      [2, metaGraph],
    ]),
  );
}

function nodeMessage({ name, operation, inputs, attributes }: GraphNode): Bytes {
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

function shapeMessage(shape: readonly number[]): Bytes {
  return message(shape.map((extent): Field => [2, message([[1, extent]])]));
}

function tensorMessage({ type, shape, bytes }: TensorValue): Bytes {
  return message([
    [1, type],
    [2, shapeMessage(shape)],
    [4, bytes],
  ]);
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** As numbers in a list, which grows cheaply: a graph is thousands of small pieces. */
type Bytes = readonly number[];

function message(fields: readonly Field[]): Bytes {
  const bytes: number[] = [];
  for (const [number, value] of fields) append(bytes, number, value);
  return bytes;
}

function append(bytes: number[], number: number, value: Field[1]): void {
  const tag = (wireType: number) => appendVarint(bytes, number * 8 + wireType);
  if (typeof value === 'number') {
    tag(VARINT);
    appendVarint(bytes, value);
  } else if (typeof value === 'object' && 'float' in value) {
    tag(FIXED32);
    appendAll(bytes, new Uint8Array(Float32Array.of(value.float).buffer));
  } else {
    const content = typeof value === 'string' ? Buffer.from(value) : value;
    tag(LENGTH_DELIMITED);
    appendVarint(bytes, content.length);
    appendAll(bytes, content);
  }
}

function appendAll(bytes: number[], more: ArrayLike<number>): void {
  for (let i = 0; i < more.length; i++) bytes.push(more[i]!);
}

/** Seven bits a byte, the lowest first; a negative number counts as one of 64 bits. */
function appendVarint(bytes: number[], value: number): void {
  let rest = value;
  if (value < 0 || value > 0x7fffffff) {
    let large = BigInt.asUintN(64, BigInt(value));
    for (; large > 0x7fffffffn; large >>= 7n) bytes.push(Number(large & 127n) | 128);
    rest = Number(large);
  }
  for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
}
