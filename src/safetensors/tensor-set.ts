/**
 * The tensors of a model in one or more safetensors files. Opening reads only the headers. The values of a tensor are
 * read on request; no file stays open.
 */
import { closeSync, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../base/expected-error.ts';
import { onFile } from '../base/read-file.ts';
import { dtypeNamed } from './dtypes.ts';
import { type OpenFile, readBytes, readHeader } from './safetensors.ts';
import { isFloat } from './stored-floats.ts';
import { findTensorFiles, TEXT_LIMIT, type TensorFiles } from './tensor-files.ts';

export interface StoredTensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The name of its file. */
  readonly file: string;
  /** In its file, in bytes. */
  readonly position: number;
  readonly bytes: number;
}

export interface TensorSetFile {
  readonly name: string;
  /** In the order of the values in the file. */
  readonly tensors: readonly StoredTensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface TensorSet extends Omit<TensorFiles, 'files'> {
  readonly files: readonly TensorSetFile[];
  /** In the order of the files. */
  readonly tensors: ReadonlyMap<string, StoredTensorInfo>;
  /** The values of a tensor of floats, as 32-bit floats. */
  read(name: string): Float32Array<ArrayBuffer>;
  /** The bytes of a tensor as they are stored, in parts of a few MB. */
  bytes(name: string): Iterable<Buffer<ArrayBuffer>>;
}

/** @param path a file, a folder, or an index of shards */
export function openTensors(path: string): TensorSet {
  const { files: names, ...place } = findTensorFiles(path);
  const opened = names.map((name) => openFile(place.folder, name));
  const tensors = new Map<string, StoredTensorInfo>();
  for (const tensor of opened.flatMap((file) => file.tensors)) {
    const known = tensors.get(tensor.name);
    if (known) throw twice(place.folder, known, tensor);
    tensors.set(tensor.name, tensor);
  }
  requireIndexed(place, tensors);
  const stamps = new Map(opened.map((file) => [file.name, file.stamp]));
  const tensorNamed = (name: string) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new ExpectedError(`${path} has no tensor ${JSON.stringify(name)}`);
    return tensor;
  };
  const bytesOf = (tensor: StoredTensorInfo) =>
    storedBytes(join(place.folder, tensor.file), tensor, stamps.get(tensor.file)!);
  return {
    ...place,
    files: opened,
    tensors,
    read: (name) => readFloats(tensorNamed(name), bytesOf(tensorNamed(name)), path),
    bytes: (name) => bytesOf(tensorNamed(name)),
  };
}

/** Divisible by the size of each type of element. */
const PART = 2 ** 22;

/** Elements. 8 GB of 32-bit floats. */
const MOST_ELEMENTS = 2 ** 31;

function openFile(folder: string, name: string): TensorSetFile & { readonly stamp: string } {
  const path = join(folder, name);
  // Opening a FIFO would block.
  if (!statSync(path).isFile()) throw new ExpectedError(`${path} is not a file`);
  return withFile(path, (descriptor) => {
    const status = fstatSync(descriptor);
    requireShortHeader(descriptor, status.size, path);
    const { entries, metadata, dataStart } = readHeader({ descriptor, name: path, dataStart: 0 });
    const tensors = [...entries].map(
      ([
        tensor,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]): StoredTensorInfo => ({
        name: tensor,
        dtype,
        shape,
        file: name,
        position: dataStart + begin,
        bytes: end - begin,
      }),
    );
    // Empty tensors come before the one that begins at the same byte.
    tensors.sort((a, b) => a.position - b.position || a.bytes - b.bytes);
    return { name, tensors, metadata, stamp: stampOf(status) };
  });
}

function requireShortHeader(descriptor: number, size: number, name: string): void {
  if (size < 8) return;
  const length = readBytes({ descriptor, name, dataStart: 0 }, 0, 8).readBigUInt64LE();
  if (length <= TEXT_LIMIT || length > size) return;
  throw new ExpectedError(
    `${name}: its header has ${length} bytes, more than ${TEXT_LIMIT}`,
    'save the model in shards',
  );
}

function withFile<T>(path: string, use: (descriptor: number) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    return onFile(path, () => use(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** It differs if the file was replaced or written to. */
function stampOf({ ino, size, mtimeMs }: Stats): string {
  return [ino, size, mtimeMs].join(' ');
}

function* storedBytes(
  path: string,
  { position, bytes }: StoredTensorInfo,
  stamp: string,
): Generator<Buffer<ArrayBuffer>> {
  const descriptor = openSync(path, 'r');
  try {
    if (stampOf(fstatSync(descriptor)) !== stamp) {
      throw new ExpectedError(`${path} was changed while it was read`, 'run again');
    }
    const open: OpenFile = { descriptor, name: path, dataStart: 0 };
    for (let done = 0; done < bytes; done += PART) {
      const length = Math.min(PART, bytes - done);
      yield onFile(path, () => readBytes(open, position + done, length));
    }
  } finally {
    closeSync(descriptor);
  }
}

function readFloats(
  { name, dtype, bytes }: StoredTensorInfo,
  parts: Iterable<Buffer<ArrayBuffer>>,
  path: string,
): Float32Array<ArrayBuffer> {
  const type = dtypeNamed(dtype)!;
  const refuse = (why: string, advice: string) =>
    new ExpectedError(`${path}: tensor ${JSON.stringify(name)} ${why}`, advice);
  if (!type.read || !isFloat(dtype)) {
    throw refuse(`has the dtype ${dtype}, not floats`, 'convert it to F32, F16, BF16 or F64');
  }
  const count = bytes / type.size;
  if (count > MOST_ELEMENTS)
    throw refuse(`has ${count} elements, too many to read`, 'leave it whole');
  const values = new Float32Array(count);
  let done = 0;
  for (const { buffer, length } of parts) {
    const some = type.read(buffer, length / type.size);
    values.set(some, done);
    done += some.length;
  }
  return values;
}

function twice(folder: string, one: StoredTensorInfo, other: StoredTensorInfo): ExpectedError {
  return new ExpectedError(
    `${folder}: tensor ${JSON.stringify(one.name)} is in ${one.file} and in ${other.file}`,
    'keep one of the files, or name one of them instead of the folder',
  );
}

/** A tensor that the index omits is still part of the set, as it is for other readers. */
function requireIndexed(
  { folder, index }: Omit<TensorFiles, 'files'>,
  tensors: ReadonlyMap<string, StoredTensorInfo>,
): void {
  for (const [name, file] of Object.entries(index?.content.weight_map ?? {})) {
    if (tensors.get(name)?.file === file) continue;
    throw new ExpectedError(
      `${join(folder, index!.name)} names tensor ${JSON.stringify(name)} in ${file}, which does not have it`,
      'save the model again, or copy all of its files again',
    );
  }
}
