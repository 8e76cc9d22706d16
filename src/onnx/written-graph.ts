/** The pieces of a model with replaced nodes, and where the elements of its new constants are. */
import type { CarriedData } from './carried-data.ts';
import { fieldsOf } from './fields.ts';
import type { NewConstant, NewNode } from './new-parts.ts';
import type { OnnxFile } from './open.ts';
import { fieldPieces, lengthOf, type Piece, written } from './pieces.ts';
import type { StoredNode } from './stored-graph.ts';
import { ALIGNMENT, tensorPieces, writeValue } from './tensor-messages.ts';
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
  const inside = modelPieces(file, changes, (constant) => tensorPieces(5, constant));
  if (lengthOf(inside) <= limit) return { model: inside, data: [] };
  const data: Piece[] = [];
  let end = 0;
  const outside = modelPieces(file, changes, (constant) => {
    const from = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    data.push(new Uint8Array(from - end), constant.bytes);
    end = from + constant.bytes.length;
    return tensorPieces(5, constant, { location, from, to: end });
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
    if (irVersion < 4) pieces.push(...fieldPieces(11, [written((to) => writeValue(to, constant))]));
  }
  return pieces;
}

function nodePieces(node: NewNode): readonly Piece[] {
  return fieldPieces(1, [written((writer) => writeNode(writer, node)), ...node.notes]);
}
