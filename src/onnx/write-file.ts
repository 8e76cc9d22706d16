/**
 * Writes models with large weights to files. The elements of a tensor go from its array to the file, so that the model
 * is not in memory a second time.
 *
 * A reader refuses a file of 2 GiB or more. The elements of such a model go to a second file beside it, each tensor at
 * a multiple of 4096 bytes, because ONNX recommends that for readers that map the file into memory.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { OnnxModel, OnnxTensor } from './model.ts';
import { lengthOf, writeAll } from './pieces.ts';
import { ALIGNMENT, type Place } from './tensor-messages.ts';
import { modelPieces, type OnnxAbout } from './write.ts';

export interface OnnxFileOptions {
  readonly folder: string;
  readonly file: string;
  readonly about: OnnxAbout;
  /** The size in bytes from which elements go to a second file. */
  readonly limit?: number;
}

const LIMIT = 2 ** 31;

/** Tensors with fewer bytes stay in the file: readers need the values of shapes and axes early. */
const SMALL = 1024;

/** Writes `file`, and `file.data` if the model is larger than the limit. The same model gives the same bytes. */
export function writeOnnxFile(
  model: OnnxModel,
  { folder, file, about, limit = LIMIT }: OnnxFileOptions,
): void {
  const whole = modelPieces(model, about, () => undefined);
  if (lengthOf(whole) < limit) {
    write(join(folder, file), whole);
    return;
  }
  const location = `${file}.data`;
  const places = new Map<OnnxTensor, Place>();
  const data: Uint8Array[] = [];
  let end = 0;
  for (const tensor of model.graph.initializers) {
    if (tensor.bytes.length < SMALL) continue;
    const from = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    data.push(new Uint8Array(from - end), tensor.bytes);
    end = from + tensor.bytes.length;
    places.set(tensor, { location, from, to: end });
  }
  write(join(folder, location), data);
  write(
    join(folder, file),
    modelPieces(model, about, (tensor) => places.get(tensor)),
  );
}

function write(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) writeAll(file, piece);
  } finally {
    closeSync(file);
  }
}
