/**
 * The binary version of CIFAR-10. A file is a sequence of records of one label byte and 3072 bytes of pixels:
 * the red, green and blue planes, each 32 x 32 row by row.
 *
 * Accepts any number of records, so that small samples can be read like the real files.
 * Source: www.cs.toronto.edu/~kriz/cifar.html, 'Binary version'.
 */

import { DatasetFormatError, type NamedBytes } from './format-error.ts';
import type { ImageSet } from './image-set.ts';

/**
 * The images of all batches, in the order given.
 * @throws DatasetFormatError if a batch ends inside a record or a label is not a class
 */
export function readCifar10Binary(batches: readonly NamedBytes[]): ImageSet {
  const counts = batches.map(recordCount);
  const count = counts.reduce((sum, records) => sum + records, 0);
  const pixels = new Uint8Array(count * PLANE * CHANNELS);
  const labels = new Uint8Array(count);
  let image = 0;
  for (const [index, batch] of batches.entries()) {
    for (let record = 0; record < counts[index]!; record += 1, image += 1) {
      const start = record * RECORD;
      labels[image] = labelAt(batch, start);
      interleave(batch.bytes, start + 1, pixels, image * PLANE * CHANNELS);
    }
  }
  return { count, height: SIDE, width: SIDE, channels: CHANNELS, classes: CLASSES, pixels, labels };
}

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const CLASSES = 10;
const RECORD = 1 + PLANE * CHANNELS;

function recordCount({ file, bytes }: NamedBytes): number {
  const rest = bytes.length % RECORD;
  if (rest !== 0 || bytes.length === 0) {
    throw new DatasetFormatError(
      file,
      bytes.length - rest,
      `records of ${RECORD} bytes`,
      `${rest} bytes before the end of the file`,
    );
  }
  return bytes.length / RECORD;
}

function labelAt({ file, bytes }: NamedBytes, offset: number): number {
  const label = bytes[offset]!;
  if (label >= CLASSES) {
    throw new DatasetFormatError(file, offset, `a label below ${CLASSES}`, `${label}`);
  }
  return label;
}

/** Converts the planes R, G, B at `from` to pixels of three channels at `to`. */
function interleave(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  for (let pixel = 0; pixel < PLANE; pixel += 1) {
    target[to + CHANNELS * pixel] = source[from + pixel]!;
    target[to + CHANNELS * pixel + 1] = source[from + PLANE + pixel]!;
    target[to + CHANNELS * pixel + 2] = source[from + 2 * PLANE + pixel]!;
  }
}
