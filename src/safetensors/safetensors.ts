/**
 * The safetensors format: named arrays in one file, each readable alone, or only its first rows.
 *
 * Layout: the length of the header (8 bytes, little-endian), the header (JSON: dtype, shape and byte range of each
 * array), the arrays. Equal content gives equal bytes: names are sorted, the header is padded to 8 bytes with spaces,
 * and wider elements come first so that each array is aligned. Reads copy, so arrays never alias a file. Reads are
 * synchronous: the reader has nothing else to do, and switching to another thread takes as long as reading a small
 * array.
 * Source: https://github.com/huggingface/safetensors#format
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { ExpectedError } from '../base/expected-error.ts';
import { dtypeNamed, nameOfDtype, type TensorData } from './dtypes.ts';
import { type Entry, HEADER_LIMIT, type Header, parseHeader, unfit } from './safetensors-header.ts';

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type StoredTensors = ReadonlyMap<string, StoredTensor>;

export interface SafetensorsContent {
  readonly tensors: StoredTensors;
  /** Free strings, stored in the header. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes `tensors` to `path`, and flushes them to the disk if `sync` is set. */
export function writeSafetensors(
  path: string,
  { tensors, metadata }: SafetensorsContent,
  sync = false,
): void {
  const file = openSync(path, 'w');
  try {
    for (const chunk of encode(tensors, metadata)) writeBytes(file, chunk);
    if (sync) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** @param file the name of the file in error messages */
export function readSafetensors(path: string, file = path): SafetensorsContent {
  return fromSafetensors(
    path,
    ({ shapes, metadata, read }) => ({
      tensors: new Map(Array.from(shapes.keys(), (name) => [name, read(name)])),
      metadata,
    }),
    file,
  );
}

/** An open file. */
export interface OpenSafetensors {
  /** The shapes of the arrays, by their names. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One array, or only its first `rows` rows (indices along its first axis). */
  read(name: string, rows?: number): StoredTensor;
}

/**
 * Reads only the parts of a file that `use` requests.
 *
 * @param name the name of the file in error messages
 */
export function fromSafetensors<T>(
  path: string,
  use: (file: OpenSafetensors) => T,
  name = path,
): T {
  const descriptor = openSync(path, 'r');
  try {
    const file: OpenFile = { descriptor, name, dataStart: 0 };
    const { entries, metadata, dataStart } = readHeader(file);
    return use({
      shapes: new Map([...entries].map(([array, { shape }]) => [array, shape])),
      metadata,
      read: (array, rows) => {
        const entry = entries.get(array);
        if (entry === undefined) {
          throw new ExpectedError(`${name} has no array ${JSON.stringify(array)}`);
        }
        return readEntry({ ...file, dataStart }, array, entry, rows);
      },
    });
  } finally {
    closeSync(descriptor);
  }
}

export interface OpenFile {
  readonly descriptor: number;
  readonly name: string;
  /** The offset of the first array, in bytes. */
  readonly dataStart: number;
}

function* encode(
  tensors: StoredTensors,
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  if (endianness() !== 'LE')
    throw new Error('safetensors are written on little-endian machines only');
  const names = [...tensors.keys()].sort();
  const inDataOrder = [...names].sort(
    (a, b) => tensors.get(b)!.data.BYTES_PER_ELEMENT - tensors.get(a)!.data.BYTES_PER_ELEMENT,
  );
  const entries = new Map<string, Entry>();
  let offset = 0;
  for (const name of inDataOrder) {
    const { data, shape } = tensors.get(name)!;
    const end = offset + data.byteLength;
    entries.set(name, { dtype: nameOfDtype(data), shape, data_offsets: [offset, end] });
    offset = end;
  }
  const keys = Object.keys(metadata).sort();
  const sorted = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
  const json = JSON.stringify({
    ...(keys.length > 0 && { __metadata__: sorted }),
    ...Object.fromEntries(names.map((name) => [name, entries.get(name)])),
  });
  const text = new TextEncoder().encode(json);
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  yield header;
  for (const name of inDataOrder) {
    const { data } = tensors.get(name)!;
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

export function readHeader(file: OpenFile): Header & Pick<OpenFile, 'dataStart'> {
  const { size } = fstatSync(file.descriptor);
  if (size < 8) throw unfit(file.name, `it has ${size} bytes, fewer than the length of a header`);
  const length = Number(readBytes(file, 0, 8).readBigUInt64LE(0));
  if (length > Math.min(size - 8, HEADER_LIMIT)) {
    throw unfit(file.name, `its header would have ${length} bytes`);
  }
  const dataStart = 8 + length;
  const text = decoded(readBytes(file, 8, length), file.name);
  return { ...parseHeader(text, size - dataStart, file.name), dataStart };
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (problem) {
    if (problem instanceof TypeError) throw unfit(file, 'its header is not UTF-8');
    throw problem;
  }
}

function readEntry(
  file: OpenFile,
  name: string,
  { dtype, shape, data_offsets: [begin, end] }: Entry,
  rows = shape[0] ?? 1,
): StoredTensor {
  const type = dtypeNamed(dtype)!;
  if (!type.read) {
    throw new ExpectedError(
      `${file.name}: array ${JSON.stringify(name)} has the dtype ${dtype}, which is not supported`,
      'convert it to F32, F16, BF16 or F64',
    );
  }
  const all = shape[0] ?? 1;
  if (rows > all) {
    throw new ExpectedError(
      `${file.name}: array ${JSON.stringify(name)} has ${all} rows, fewer than the ${rows} needed`,
    );
  }
  const length = all === 0 ? 0 : ((end - begin) / all) * rows;
  const { buffer } = readBytes(file, file.dataStart + begin, length);
  const data = type.read(buffer, length / type.size);
  return { shape: shape.length === 0 ? shape : [rows, ...shape.slice(1)], data };
}

/** Bytes. Node reads at most 2 GiB at once. */
const MOST_AT_ONCE = 2 ** 30;

export function writeBytes(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(MOST_AT_ONCE, bytes.length - done));
  }
}

/** A separate buffer, so that a typed array can start at its first byte. */
export function readBytes(
  { descriptor, name }: OpenFile,
  position: number,
  length: number,
): Buffer<ArrayBuffer> {
  const buffer = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const wanted = Math.min(MOST_AT_ONCE, length - done);
    const read = readSync(descriptor, buffer, done, wanted, position + done);
    if (read === 0) throw unfit(name, 'it ends too early');
    done += read;
  }
  return buffer;
}
