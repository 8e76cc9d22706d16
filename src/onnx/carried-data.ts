/**
 * External data of tensors that a written model keeps. A file of which all tensors are kept is copied. Of others only
 * the kept tensors are copied, because a compressed model with all data of the original would not be smaller. Their
 * tensors then get new offsets.
 */
import { closeSync, constants, copyFileSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExternalPlace } from './external-data.ts';
import { fieldsOf } from './fields.ts';
import { type ModelBytes, readWhole, type Span } from './model-bytes.ts';
import { fieldPieces, type Piece, writeAll, written } from './pieces.ts';
import type { Placed, StoredGraph, StoredNode } from './stored-graph.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { ALIGNMENT, EXTERNAL_DATA, writePlace } from './tensor-messages.ts';

export interface CarriedData {
  /** The fields of initializers whose offsets change, instead of the stored ones. */
  readonly moved: ReadonlyMap<StoredTensor, readonly Piece[]>;
  /** Writes the files of the kept tensors. */
  write(folder: string): void;
}

/** @param isKept of the initializers and nodes of the graph */
export function carriedData(
  bytes: ModelBytes,
  graph: StoredGraph,
  isKept: (part: StoredNode | StoredTensor) => boolean,
): CarriedData {
  const files = new Map<string, DataFile>();
  const fileOf = ({ location, path }: ExternalPlace): DataFile => {
    const file = files.get(location) ?? { path, tensors: [], isPartly: false, isFixed: false };
    files.set(location, file);
    return file;
  };
  for (const tensor of graph.initializers) {
    if (tensor.elements.in !== 'file') continue;
    const file = fileOf(tensor.elements.place);
    if (isKept(tensor)) file.tensors.push({ tensor, place: tensor.elements.place });
    else file.isPartly = true;
  }
  for (const node of graph.nodes) {
    for (const { elements } of tensorsIn(node)) {
      if (elements.in !== 'file') continue;
      if (isKept(node)) fileOf(elements.place).isFixed = true;
      else fileOf(elements.place).isPartly = true;
    }
  }
  const moved = new Map<StoredTensor, readonly Piece[]>();
  const writes: ((folder: string) => void)[] = [];
  for (const [location, file] of files) {
    if (file.tensors.length === 0 && !file.isFixed) continue;
    // The tensors of nodes stay where they are.
    if (!file.isPartly || file.isFixed) {
      writes.push((folder) => copyWhole(file.path, join(folder, location)));
      continue;
    }
    const places = packed(file.tensors);
    for (const { tensor, place } of file.tensors) {
      moved.set(tensor, movedTensor(bytes, tensor, location, places.get(keyOf(place))!));
    }
    writes.push((folder) => copyPart(file, places, join(folder, location)));
  }
  return { moved, write: (folder) => writes.forEach((write) => void write(folder)) };
}

interface DataFile {
  readonly path: string;
  readonly tensors: { readonly tensor: Placed<StoredTensor>; readonly place: ExternalPlace }[];
  /** Whether a tensor in it is dropped. */
  isPartly: boolean;
  isFixed: boolean;
}

function* tensorsIn(node: StoredNode): Iterable<StoredTensor> {
  for (const { tensors, graphs } of node.attributes.values()) {
    yield* tensors;
    for (const { initializers, nodes } of graphs) {
      yield* initializers;
      for (const inner of nodes) yield* tensorsIn(inner);
    }
  }
}

/** Tensors may share their bytes. */
const keyOf = ({ from, to }: Span): string => `${from}-${to}`;

/** New places of the tensors, in the order of the old ones. */
function packed(tensors: DataFile['tensors']): ReadonlyMap<string, Span> {
  const places = new Map<string, Span>();
  let end = 0;
  for (const { place } of tensors.toSorted((a, b) => a.place.from - b.place.from)) {
    if (places.has(keyOf(place))) continue;
    const from = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = from + place.to - place.from;
    places.set(keyOf(place), { from, to: end });
  }
  return places;
}

function movedTensor(
  bytes: ModelBytes,
  { span }: StoredTensor,
  location: string,
  place: Span,
): readonly Piece[] {
  const kept: Piece[] = [];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number !== EXTERNAL_DATA) kept.push(field.whole);
  }
  return fieldPieces(5, [...kept, written((writer) => writePlace(writer, { location, ...place }))]);
}

/** Without a copy of the bytes where the file system can share them. */
function copyWhole(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

const COPIED_AT_ONCE = 1 << 22;

function copyPart(
  { path, tensors }: DataFile,
  places: ReadonlyMap<string, Span>,
  to: string,
): void {
  mkdirSync(dirname(to), { recursive: true });
  const source = openSync(path, 'r');
  const target = openSync(to, 'wx');
  try {
    const old = new Map(tensors.map(({ place }) => [keyOf(place), place]));
    let end = 0;
    for (const [key, place] of places) {
      writeAll(target, new Uint8Array(place.from - end));
      const { from, to: last } = old.get(key)!;
      for (let at = from; at < last; at += COPIED_AT_ONCE) {
        const piece = new Uint8Array(Math.min(COPIED_AT_ONCE, last - at));
        readWhole(source, path, piece, at);
        writeAll(target, piece);
      }
      end = place.to;
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
}
