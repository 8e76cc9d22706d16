/**
 * The safetensors format: named arrays in one file, each readable alone, or only its first rows.
 *
 * Layout: the header's length (8 bytes, little-endian), the header (JSON: dtype, shape and byte range
 * of each array), the arrays. Equal content gives equal bytes: names are sorted, the header is padded
 * to 8 bytes with spaces, and wider elements come first so that each array is aligned. Reads copy, so
 * arrays never alias a file. A malformed file is a throw that names it. Who reads has nothing else to do, and each
 * turn that Node hands to another thread takes as long as a small array.
 * Source: https://github.com/huggingface/safetensors#format
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';

export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array;

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type StoredTensors = ReadonlyMap<string, StoredTensor>;

export interface SafetensorsContent {
  readonly tensors: StoredTensors;
  /** Free strings kept in the header. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the arrays begin in the file. */
  readonly dataStart: number;
}

const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;
type Dtype = keyof typeof arrays;

const headerLimit = 100_000_000;

/** Writes `tensors` to `path`, through to the disk when `sync` is set. */
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

export function readSafetensors(path: string): SafetensorsContent {
  return fromSafetensors(path, ({ shapes, metadata, read }) => ({
    tensors: new Map(Array.from(shapes.keys(), (name) => [name, read(name)])),
    metadata,
  }));
}

/** A file while it is open. */
export interface OpenSafetensors {
  /** Of the arrays, by their names. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
  /** One array, or only its first `rows` rows (indices along its first axis). */
  read(name: string, rows?: number): StoredTensor;
}

/** Reads of a file no more than `use` asks for. */
export function fromSafetensors<T>(path: string, use: (file: OpenSafetensors) => T): T {
  const file = openSync(path, 'r');
  try {
    const header = readHeader(file, path);
    const { entries, metadata } = header;
    return use({
      shapes: new Map([...entries].map(([name, { shape }]) => [name, shape])),
      metadata,
      read: (name, rows) => {
        const entry = entries.get(name);
        if (entry === undefined) throw new Error(`${path} holds no array named ${name}`);
        return readEntry(file, header, entry, path, rows);
      },
    });
  } finally {
    closeSync(file);
  }
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
    entries.set(name, { dtype: dtypeOf(data), shape, data_offsets: [offset, end] });
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

function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

function readHeader(file: number, path: string): Header {
  const { size } = fstatSync(file);
  const length = Number(readBytes(file, 0, 8, path).readBigUInt64LE(0));
  if (length > Math.min(size - 8, headerLimit)) {
    throw new Error(`${path} is no safetensors file: its header would have ${length} bytes`);
  }
  const text = readBytes(file, 8, length, path).toString('utf8');
  const { __metadata__: metadata, ...entries } = parseHeader(text, path);
  for (const [name, entry] of Object.entries(entries)) check(name, entry, size - 8 - length, path);
  return {
    entries: new Map(Object.entries(entries)),
    metadata: metadata ?? {},
    dataStart: 8 + length,
  };
}

function parseHeader(
  text: string,
  path: string,
): Record<string, Entry> & { __metadata__?: Record<string, string> } {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is no safetensors file: its header is not JSON`);
  }
}

function check(name: string, entry: Entry, dataSize: number, path: string): void {
  const type = arrays[entry.dtype];
  if (type === undefined)
    throw new Error(`${path}: ${name} has the dtype ${entry.dtype}, unknown here`);
  const [begin, end] = entry.data_offsets;
  const bytes = entry.shape.reduce((size, extent) => size * extent, type.BYTES_PER_ELEMENT);
  if (begin < 0 || end > dataSize || end - begin !== bytes) {
    throw new Error(`${path}: ${name} is said to be at bytes ${begin} to ${end}, which can't be`);
  }
}

function readEntry(
  file: number,
  header: Header,
  { dtype, shape, data_offsets: [begin, end] }: Entry,
  path: string,
  rows = shape[0] ?? 1,
): StoredTensor {
  const all = shape[0] ?? 1;
  if (rows > all) throw new Error(`${path}: ${rows} rows asked of an array of ${all}`);
  const length = all === 0 ? 0 : ((end - begin) / all) * rows;
  const bytes = readBytes(file, header.dataStart + begin, length, path);
  const type = arrays[dtype];
  const data = new type(bytes.buffer, 0, length / type.BYTES_PER_ELEMENT);
  return { shape: shape.length === 0 ? shape : [rows, ...shape.slice(1)], data };
}

/** Bytes: Node takes no more than 2 GiB. */
const MOST_AT_ONCE = 2 ** 30;

function writeBytes(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(MOST_AT_ONCE, bytes.length - done));
  }
}

/** A buffer of its own, so that a typed array may start at its first byte. */
function readBytes(
  file: number,
  position: number,
  length: number,
  path: string,
): Buffer<ArrayBuffer> {
  const buffer = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const wanted = Math.min(MOST_AT_ONCE, length - done);
    const read = readSync(file, buffer, done, wanted, position + done);
    if (read === 0) throw new Error(`${path} ends too early`);
    done += read;
  }
  return buffer;
}
