/** Writes ONNX models: Protocol Buffers messages of onnx.proto3, by the numbers of their fields. */
import { FIXED32, message, tagged, VARINT, type Writer } from '../base/protobuf.ts';
import type {
  ElementType,
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
} from './model.ts';
import { fieldPieces, written } from './pieces.ts';
import { type Place, tensorPieces, writePairs, writeValue } from './tensor-messages.ts';

/** `TensorProto.DataType`. */
const elementTypes: Readonly<Record<ElementType, number>> = {
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

export interface OnnxAbout {
  /** The version of the file format. A reader refuses later ones than it knows. */
  readonly irVersion: number;
  readonly producer?: string;
  /** For people. */
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The version of the file format that came with ONNX 1.15. Later readers read it. */
const FOR_RUNTIMES: OnnxAbout = { irVersion: 9 };

/** Whether the elements of a constant tensor are left out of the written model. */
export type IsExternal = (tensor: OnnxTensor) => boolean;

/** The bytes of a ModelProto. A reader must be given the elements of `external` tensors as files with their names. */
export function onnxBytes(model: OnnxModel, external: IsExternal = () => false): Uint8Array {
  const placeOf = (tensor: OnnxTensor): Place | undefined =>
    external(tensor) ? { location: tensor.name, from: 0, to: tensor.bytes.length } : undefined;
  return Buffer.concat(modelPieces(model, FOR_RUNTIMES, placeOf));
}

type PlaceOf = (tensor: OnnxTensor) => Place | undefined;

/** Bytes in the order of the file. Those of tensors are not copied. */
type Pieces = readonly Uint8Array[];

export function modelPieces(
  { graph, opsets }: OnnxModel,
  { irVersion, producer, description, metadata = {} }: OnnxAbout,
  placeOf: PlaceOf,
): Pieces {
  const head = written((writer) => {
    tagged(writer, 1, VARINT).int64(irVersion);
    if (producer !== undefined) tagged(writer, 2).string(producer);
    if (description !== undefined) tagged(writer, 6).string(description);
    for (const [domain, version] of Object.entries(opsets)) {
      message(writer, 8, () => {
        if (domain !== '') tagged(writer, 1).string(domain);
        tagged(writer, 2, VARINT).int64(version);
      });
    }
    writePairs(writer, 14, metadata);
  });
  return [head, ...fieldPieces(7, graphPieces(graph, placeOf))];
}

function graphPieces(graph: OnnxGraph, placeOf: PlaceOf): Pieces {
  const head = written((writer) => {
    for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
    tagged(writer, 2).string(graph.name);
  });
  const tensors = graph.initializers.flatMap((tensor) =>
    tensorPieces(5, coded(tensor), placeOf(tensor)),
  );
  const ends = written((writer) => {
    for (const one of graph.inputs) message(writer, 11, () => writeValue(writer, coded(one)));
    for (const one of graph.outputs) message(writer, 12, () => writeValue(writer, coded(one)));
  });
  return [head, ...tensors, ends];
}

/** With the number of its type. */
function coded<T extends { readonly type: ElementType }>(
  one: T,
): Omit<T, 'type'> & { type: number } {
  return { ...one, type: elementTypes[one.type] };
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
