/**
 * The IDX format of MNIST and its relatives: two zero bytes, a type byte, the number of dimensions,
 * each dimension as a big-endian 32-bit integer, then the elements, last dimension fastest.
 *
 * Reads uncompressed arrays of unsigned bytes (type 0x08) only: images and labels use nothing else.
 * Source: the description at yann.lecun.com/exdb/mnist, 'The IDX file format'.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { DatasetFormatError, type NamedBytes } from './format-error.ts';
import type { ImageSet, PixelSet } from './image-set.ts';

export interface IdxArray {
  readonly dims: readonly number[];
  /** A view of the file's bytes, not a copy. */
  readonly data: Uint8Array;
}

/** Three dimensions are grey images, a fourth is the channels. */
export function readIdxPixels(images: NamedBytes): PixelSet {
  const { dims, data: pixels } = readIdx(images, images.bytes[3] === 4 ? 4 : 3);
  const [count, height, width, channels = 1] = dims as [number, number, number, number?];
  return { count, height, width, channels, pixels };
}

/**
 * Images with their labels.
 * @throws DatasetFormatError if a file breaks the format, the counts differ, or a label is not a class
 */
export function readIdxImages(images: NamedBytes, labels: NamedBytes, classes: number): ImageSet {
  const pixels = readIdxPixels(images);
  const { data: classIndices } = readIdx(labels, 1);
  if (classIndices.length !== pixels.count) {
    throw new DatasetFormatError(
      labels.file,
      FIRST_DIM,
      `${pixels.count} labels, one for each image of ${images.file}`,
      `${classIndices.length}`,
    );
  }
  const wrong = classIndices.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DatasetFormatError(
      labels.file,
      FIRST_DIM + 4 + wrong,
      `a label below ${classes}`,
      `${classIndices[wrong]}`,
    );
  }
  return { ...pixels, classes, labels: classIndices };
}

export function writeIdx(path: string, dims: readonly number[], elements: Uint8Array): void {
  writeFileSync(path, idxHeader(dims));
  appendFileSync(path, elements);
}

/** The header of an array of `dims`. The elements follow it. */
export function idxHeader(dims: readonly number[]): Uint8Array {
  const header = new Uint8Array(FIRST_DIM + 4 * dims.length);
  const view = new DataView(header.buffer);
  header[2] = UNSIGNED_BYTE;
  header[3] = dims.length;
  for (const [axis, size] of dims.entries()) view.setUint32(FIRST_DIM + 4 * axis, size);
  return header;
}

/** An IDX array of unsigned bytes with `rank` dimensions. */
export function readIdx({ file, bytes }: NamedBytes, rank: number): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = FIRST_DIM + 4 * rank;
  if (isGzip(bytes)) {
    throw new DatasetFormatError(file, 0, 'IDX', 'gzip: decompress the file first');
  }
  if (bytes.length < header) {
    throw new DatasetFormatError(
      file,
      bytes.length,
      `an IDX header of ${header} bytes`,
      'the end of the file',
    );
  }
  if (view.getUint16(0) !== 0) {
    throw new DatasetFormatError(file, 0, 'two zero bytes (IDX)', hex(bytes.subarray(0, 2)));
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw new DatasetFormatError(file, 2, 'type 0x08 (unsigned byte)', hex(bytes.subarray(2, 3)));
  }
  if (bytes[3] !== rank) {
    throw new DatasetFormatError(
      file,
      3,
      `${rank} dimension${rank === 1 ? '' : 's'}`,
      `${bytes[3]}`,
    );
  }
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(FIRST_DIM + 4 * axis));
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length !== header + size) {
    throw new DatasetFormatError(
      file,
      header,
      `${size} bytes of data (${dims.join(' x ')})`,
      `${bytes.length - header}`,
    );
  }
  return { dims, data: bytes.subarray(header) };
}

const UNSIGNED_BYTE = 0x08;
/** Offset of the first dimension, after the four bytes of the magic number. */
const FIRST_DIM = 4;

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function hex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
