/** Writes ONNX models: Protocol Buffers messages of onnx.proto3, by the numbers of their fields. */
import { FIXED32, message, tagged, VARINT, Writer } from '../base/protobuf.ts';
import type {
  ElementType,
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from './model.ts';

/** The version of the file format that came with ONNX 1.15. Later readers read it. */
const IR_VERSION = 9;

/** `TensorProto.DataType`. */
export const elementTypes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** `AttributeProto.AttributeType`. */
const attributeTypes: Readonly<Record<OnnxAttribute['kind'], number>> = {
  float: 1,
  integer: 2,
  string: 3,
  floats: 6,
  integers: 7,
};

/** Whether the elements of a constant tensor are left out of the written model. */
export type IsExternal = (tensor: OnnxTensor) => boolean;

/** The bytes of a ModelProto. A reader must be given the elements of `external` tensors as files with their names. */
export function onnxBytes(
  { graph, opsets }: OnnxModel,
  external: IsExternal = () => false,
): Uint8Array {
  const writer = Writer.create();
  tagged(writer, 1, VARINT).int64(IR_VERSION);
  message(writer, 7, () => writeGraph(writer, graph, external));
  for (const [domain, version] of Object.entries(opsets)) {
    message(writer, 8, () => {
      if (domain !== '') tagged(writer, 1).string(domain);
      tagged(writer, 2, VARINT).int64(version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: Writer, graph: OnnxGraph, external: IsExternal): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  tagged(writer, 2).string(graph.name);
  for (const tensor of graph.initializers) {
    message(writer, 5, () => writeTensor(writer, tensor, external(tensor)));
  }
  for (const value of graph.inputs) message(writer, 11, () => writeValue(writer, value));
  for (const value of graph.outputs) message(writer, 12, () => writeValue(writer, value));
}

export function writeNode(writer: Writer, node: OnnxNode): void {
  for (const input of node.inputs) tagged(writer, 1).string(input);
  for (const output of node.outputs) tagged(writer, 2).string(output);
  tagged(writer, 3).string(node.name);
  tagged(writer, 4).string(node.operation);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, attribute));
  }
  if (node.domain) tagged(writer, 7).string(node.domain);
}

function writeAttribute(writer: Writer, name: string, attribute: OnnxAttribute): void {
  tagged(writer, 1).string(name);
  const { kind, value } = attribute;
  switch (kind) {
    case 'float':
      tagged(writer, 2, FIXED32).float(value);
      break;
    case 'integer':
      tagged(writer, 3, VARINT).int64(value);
      break;
    case 'string':
      tagged(writer, 4).string(value);
      break;
    case 'floats':
      for (const one of value) tagged(writer, 7, FIXED32).float(one);
      break;
    case 'integers':
      for (const one of value) tagged(writer, 8, VARINT).int64(one);
  }
  tagged(writer, 20, VARINT).int32(attributeTypes[kind]);
}

/** `TensorProto.DataLocation.EXTERNAL`. */
export const EXTERNAL = 1;

function writeTensor(
  writer: Writer,
  { name, type, shape, bytes }: OnnxTensor,
  external: boolean,
): void {
  for (const extent of shape) tagged(writer, 1, VARINT).int64(extent);
  tagged(writer, 2, VARINT).int32(elementTypes[type]);
  tagged(writer, 8).string(name);
  if (!external) {
    tagged(writer, 9).bytes(bytes);
    return;
  }
  const place = { location: name, offset: '0', length: String(bytes.length) };
  for (const [key, value] of Object.entries(place)) {
    message(writer, 13, () => {
      tagged(writer, 1).string(key);
      tagged(writer, 2).string(value);
    });
  }
  tagged(writer, 14, VARINT).int32(EXTERNAL);
}

export function writeValue(writer: Writer, { name, type, shape }: OnnxValue): void {
  tagged(writer, 1).string(name);
  message(writer, 2, () => {
    message(writer, 1, () => {
      tagged(writer, 1, VARINT).int32(elementTypes[type]);
      message(writer, 2, () => {
        for (const extent of shape) {
          message(writer, 1, () => {
            if (typeof extent === 'number') tagged(writer, 1, VARINT).int64(extent);
            else tagged(writer, 2).string(extent);
          });
        }
      });
    });
  });
}
