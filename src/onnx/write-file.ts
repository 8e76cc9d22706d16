/**
 * Writes models with large weights to files. The elements of a tensor go from its array to the file, so that the model
 * is not in memory a second time.
 *
 * A reader refuses a file of 2 GiB or more. The elements of such a model go to a second file beside it, each tensor at
 * a multiple of 4096 bytes, because ONNX recommends that for readers that map the file into memory.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { message, tagged, VARINT, Writer } from '../base/protobuf.ts';
import type { OnnxGraph, OnnxModel, OnnxTensor } from './model.ts';
import { EXTERNAL, elementTypes, writeNode, writeValue } from './write.ts';

export interface OnnxAbout {
  /** The version of the file format. A reader refuses later ones than it knows. */
  readonly irVersion: number;
  readonly producer: string;
  /** For people. */
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OnnxFileOptions {
  readonly folder: string;
  readonly file: string;
  readonly about: OnnxAbout;
  /** The size in bytes from which elements go to a second file. */
  readonly limit?: number;
}

const LIMIT = 2 ** 31;
const ALIGNMENT = 4096;

/** Tensors with fewer bytes stay in the file: readers need the values of shapes and axes early. */
const SMALL = 1024;

/** Writes `file`, and `file.data` if the model is larger than the limit. The same model gives the same bytes. */
export function writeOnnxFile(
  model: OnnxModel,
  { folder, file, about, limit = LIMIT }: OnnxFileOptions,
): void {
  const whole = modelPieces(model, about, () => undefined);
  if (sizeOf(whole) < limit) {
    writePieces(join(folder, file), whole);
    return;
  }
  const data = `${file}.data`;
  const large = model.graph.initializers.filter(({ bytes }) => bytes.length >= SMALL);
  const { pieces, offsets } = aligned(large);
  writePieces(join(folder, data), pieces);
  const placeOf = ({ name, bytes }: OnnxTensor): Place | undefined => {
    const offset = offsets.get(name);
    return offset === undefined ? undefined : { location: data, offset, length: bytes.length };
  };
  writePieces(join(folder, file), modelPieces(model, about, placeOf));
}

/** Where the elements of a tensor are, if they are not in the file of the model. */
interface Place {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

type PlaceOf = (tensor: OnnxTensor) => Place | undefined;

/** Bytes in the order of the file. */
type Pieces = readonly Uint8Array[];

function modelPieces({ graph, opsets }: OnnxModel, about: OnnxAbout, placeOf: PlaceOf): Pieces {
  const content = graphPieces(graph, placeOf);
  const head = written((writer) => {
    tagged(writer, 1, VARINT).int64(about.irVersion);
    tagged(writer, 2).string(about.producer);
    tagged(writer, 6).string(about.description);
    for (const [domain, version] of Object.entries(opsets)) {
      message(writer, 8, () => {
        if (domain !== '') tagged(writer, 1).string(domain);
        tagged(writer, 2, VARINT).int64(version);
      });
    }
    writePairs(writer, 14, about.metadata);
  });
  return [head, lengthOf(7, content), ...content];
}

function graphPieces(graph: OnnxGraph, placeOf: PlaceOf): Pieces {
  const head = written((writer) => {
    for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
    tagged(writer, 2).string(graph.name);
  });
  const tensors = graph.initializers.flatMap((tensor) => {
    const content = tensorPieces(tensor, placeOf(tensor));
    return [lengthOf(5, content), ...content];
  });
  const ends = written((writer) => {
    for (const value of graph.inputs) message(writer, 11, () => writeValue(writer, value));
    for (const value of graph.outputs) message(writer, 12, () => writeValue(writer, value));
  });
  return [head, ...tensors, ends];
}

function tensorPieces({ name, type, shape, bytes }: OnnxTensor, place: Place | undefined): Pieces {
  const head = written((writer) => {
    for (const extent of shape) tagged(writer, 1, VARINT).int64(extent);
    tagged(writer, 2, VARINT).int32(elementTypes[type]);
    tagged(writer, 8).string(name);
    if (place === undefined) return;
    const { location, offset, length } = place;
    writePairs(writer, 13, { location, offset: String(offset), length: String(length) });
    tagged(writer, 14, VARINT).int32(EXTERNAL);
  });
  return place === undefined ? [head, lengthOf(9, [bytes]), bytes] : [head];
}

/** The tensors one after the other, and the offset of each. */
function aligned(tensors: readonly OnnxTensor[]) {
  const offsets = new Map<string, number>();
  const pieces: Uint8Array[] = [];
  let end = 0;
  for (const { name, bytes } of tensors) {
    const gap = -end & (ALIGNMENT - 1);
    pieces.push(new Uint8Array(gap), bytes);
    offsets.set(name, end + gap);
    end += gap + bytes.length;
  }
  return { pieces, offsets };
}

function writePairs(writer: Writer, field: number, pairs: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(pairs)) {
    message(writer, field, () => {
      tagged(writer, 1).string(key);
      tagged(writer, 2).string(value);
    });
  }
}

/** The tag and the length of a field with this content. */
function lengthOf(field: number, content: Pieces): Uint8Array {
  return written((writer) => tagged(writer, field).uint64(sizeOf(content)));
}

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = Writer.create();
  write(writer);
  return writer.finish();
}

function sizeOf(pieces: Pieces): number {
  return pieces.reduce((size, { length }) => size + length, 0);
}

/** Bytes. Node writes at most 2 GiB at once. */
const MOST_AT_ONCE = 2 ** 30;

function writePieces(path: string, pieces: Pieces): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length; ) {
        done += writeSync(file, piece, done, Math.min(MOST_AT_ONCE, piece.length - done));
      }
    }
  } finally {
    closeSync(file);
  }
}
