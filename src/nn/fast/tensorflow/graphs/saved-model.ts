/**
 * A graph in the format that TensorFlow's C library loads: a SavedModel without variables, in Protocol Buffers (the
 * messages of tensorflow/core/protobuf/saved_model.proto and of the files that it includes).
 */
import { FIXED32, message, tagged, VARINT, Writer } from '../../../../base/protobuf.ts';
import type { AttributeValue, TensorValue } from './attributes.ts';
import type { GraphNode } from './graph.ts';

export const TAG = 'serve';

/** The version of TensorFlow 2.9, the oldest in use. Later versions read it in the same way. */
const GRAPH_VERSION = 1087;

export function savedModel(nodes: readonly GraphNode[]): Uint8Array {
  const writer = Writer.create();
  tagged(writer, 1, VARINT).int64(1);
  message(writer, 2, () => {
    message(writer, 1, () => tagged(writer, 4).string(TAG));
    message(writer, 2, () => {
      for (const node of nodes) message(writer, 1, () => writeNode(writer, node));
      message(writer, 4, () => tagged(writer, 1, VARINT).int32(GRAPH_VERSION));
    });
  });
  return writer.finish();
}

function writeNode(writer: Writer, { name, operation, inputs, attributes }: GraphNode): void {
  tagged(writer, 1).string(name);
  tagged(writer, 2).string(operation);
  for (const input of inputs) tagged(writer, 3).string(input);
  for (const [key, value] of Object.entries(attributes)) {
    message(writer, 5, () => {
      tagged(writer, 1).string(key);
      message(writer, 2, () => writeAttribute(writer, value));
    });
  }
}

function writeAttribute(writer: Writer, { kind, value }: AttributeValue): void {
  switch (kind) {
    case 'integers':
      message(writer, 1, () => {
        for (const one of value) tagged(writer, 3, VARINT).int64(one);
      });
      break;
    case 'floats':
      message(writer, 1, () => {
        for (const one of value) tagged(writer, 4, FIXED32).float(one);
      });
      break;
    case 'string':
      tagged(writer, 2).string(value);
      break;
    case 'integer':
      tagged(writer, 3, VARINT).int64(value);
      break;
    case 'float':
      tagged(writer, 4, FIXED32).float(value);
      break;
    case 'boolean':
      tagged(writer, 5, VARINT).bool(value);
      break;
    case 'type':
      tagged(writer, 6, VARINT).int32(value);
      break;
    case 'shape':
      message(writer, 7, () => writeShape(writer, value));
      break;
    case 'tensor':
      message(writer, 8, () => writeTensor(writer, value));
  }
}

function writeShape(writer: Writer, shape: readonly number[]): void {
  for (const extent of shape) {
    message(writer, 2, () => tagged(writer, 1, VARINT).int64(extent));
  }
}

function writeTensor(writer: Writer, { type, shape, bytes }: TensorValue): void {
  tagged(writer, 1, VARINT).int32(type);
  message(writer, 2, () => writeShape(writer, shape));
  tagged(writer, 4).bytes(bytes);
}
