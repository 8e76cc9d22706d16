/** The pieces of a model with replaced nodes, and where the elements of its new constants are. */
import { message, tagged, VARINT, type Writer } from '../base/protobuf.ts';
import { ALIGNMENT, type CarriedData, writePlace } from './carried-data.ts';
import { fieldsOf } from './fields.ts';
import type { NewConstant, NewNode } from './new-parts.ts';
import type { OnnxFile } from './open.ts';
import { fieldPieces, lengthOf, type Piece, written } from './pieces.ts';
import type { StoredNode } from './stored-graph.ts';
import type { Unused } from './unused-constants.ts';
import { writeNode } from './write.ts';

export interface Changes {
  readonly chains: ReadonlyMap<StoredNode, readonly NewNode[]>;
  readonly constants: readonly NewConstant[];
  readonly unused: Unused;
  readonly carried: CarriedData;
}

/** The pieces of the model's file, and of the file with the elements of its new constants, if there is one. */
export interface WrittenModel {
  readonly model: readonly Piece[];
  readonly data: readonly Piece[];
}

/**
 * @param limit bytes of the model's file. Protocol Buffers can hold no more than 2 GB
 * @param location the name of the other file
 */
export function writtenModel(
  file: OnnxFile,
  changes: Changes,
  limit: number,
  location: string,
): WrittenModel {
  const inside = modelPieces(file, changes, (constant) => tensorPieces(constant));
  if (lengthOf(inside) <= limit) return { model: inside, data: [] };
  const data: Piece[] = [];
  let end = 0;
  const outside = modelPieces(file, changes, (constant) => {
    const from = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    data.push(new Uint8Array(from - end), constant.bytes);
    end = from + constant.bytes.length;
    return tensorPieces(constant, { location, from, to: end });
  });
  return { model: outside, data };
}

function modelPieces(
  file: OnnxFile,
  changes: Changes,
  tensor: (constant: NewConstant) => readonly Piece[],
): readonly Piece[] {
  const { graphField, bytes } = file;
  const graph = fieldPieces(7, graphPieces(file, changes, tensor));
  return [{ from: 0, to: graphField.from }, ...graph, { from: graphField.to, to: bytes.size }];
}

function graphPieces(
  { graph, bytes, irVersion }: OnnxFile,
  { chains, constants, unused, carried }: Changes,
  tensor: (constant: NewConstant) => readonly Piece[],
): readonly Piece[] {
  /** Start of a field -> what it becomes. */
  const changed = new Map<number, readonly Piece[]>();
  for (const [node, chain] of chains) changed.set(node.field.from, chain.flatMap(nodePieces));
  for (const node of unused.nodes) changed.set(node.field.from, []);
  for (const initializer of graph.initializers) {
    const moved = carried.moved.get(initializer);
    if (unused.names.has(initializer.name)) changed.set(initializer.field.from, []);
    else if (moved) changed.set(initializer.field.from, moved);
  }
  for (const { name, field } of [...graph.inputs, ...graph.values, ...graph.notes]) {
    if (unused.names.has(name)) changed.set(field.from, []);
  }
  const pieces: Piece[] = [];
  for (const { whole } of fieldsOf(bytes, graph.span)) {
    pieces.push(...(changed.get(whole.from) ?? [whole]));
  }
  for (const constant of constants) {
    pieces.push(...tensor(constant));
    // Before version 4, an initializer must also be an input.
    if (irVersion < 4) pieces.push(...fieldPieces(11, [written((to) => writeInput(to, constant))]));
  }
  return pieces;
}

function nodePieces(node: NewNode): readonly Piece[] {
  return fieldPieces(1, [written((writer) => writeNode(writer, node)), ...node.notes]);
}

/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

function tensorPieces(
  { name, type, shape, bytes }: NewConstant,
  place?: { readonly location: string; readonly from: number; readonly to: number },
): readonly Piece[] {
  const head = written((writer) => {
    for (const extent of shape) tagged(writer, 1, VARINT).int64(extent);
    tagged(writer, 2, VARINT).int32(type);
    tagged(writer, 8).string(name);
    if (!place) return;
    writePlace(writer, place.location, place);
    tagged(writer, 14, VARINT).int32(EXTERNAL);
  });
  return fieldPieces(5, place ? [head] : [head, ...fieldPieces(9, [bytes])]);
}

/** `ValueInfoProto`. */
function writeInput(writer: Writer, { name, type, shape }: NewConstant): void {
  tagged(writer, 1).string(name);
  message(writer, 2, () => {
    message(writer, 1, () => {
      tagged(writer, 1, VARINT).int32(type);
      message(writer, 2, () => {
        for (const extent of shape) {
          message(writer, 1, () => tagged(writer, 1, VARINT).int64(extent));
        }
      });
    });
  });
}
