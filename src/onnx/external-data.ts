/**
 * Elements of tensors outside the model's file. A model may name only files in its own folder. A model that was
 * downloaded must not be able to read other files of its user.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, posix, relative, sep } from 'node:path';
import { ExpectedError } from '../base/expected-error.ts';
import { isAbsent } from '../base/system-error.ts';
import type { ModelBytes, Span } from './model-bytes.ts';

export interface ExternalPlace extends Span {
  /** Relative to the folder of the model, without `.` and `..`. */
  readonly location: string;
  readonly path: string;
}

/**
 * @param label names the tensor in errors
 * @param entries of `external_data`
 * @param length the bytes of the elements, if the type has a known size
 */
export function externalPlace(
  bytes: ModelBytes,
  label: string,
  entries: ReadonlyMap<string, string>,
  length: number | undefined,
): ExternalPlace {
  const location = normalized(entries.get('location') ?? '');
  const path = bytes.locate
    ? located(bytes, label, location)
    : pathInFolder(bytes, label, location);
  if (normalize(path) === normalize(bytes.path)) {
    throw bytes.invalid(`${label} names '${location}', the file of the model itself`);
  }
  bytes.locations.add(location);
  const size = statSync(path).size;
  const from = numberIn(bytes, label, entries, 'offset') ?? 0;
  const stated = numberIn(bytes, label, entries, 'length');
  if (length !== undefined && stated !== undefined && stated !== length) {
    throw bytes.invalid(`${label} needs ${length} bytes, and it has ${stated} in '${location}'`);
  }
  const to = from + (length ?? stated ?? Math.max(0, size - from));
  if (to > size) {
    const range = `bytes ${from} to ${to} of '${location}'`;
    throw bytes.invalid(`${label} needs ${range}, and this file has ${size}`);
  }
  return { location, path, from, to };
}

/** Some models name `./weights.bin`. */
function normalized(location: string): string {
  return location === '' ? '' : posix.normalize(location);
}

function located(bytes: ModelBytes, label: string, location: string): string {
  const path = bytes.locate!(location);
  if (path !== undefined) return path;
  throw new ExpectedError(
    `${bytes.path}: ${label} is in the file '${location}', which is not given`,
    'Put the model and this file into one folder, and name the folder instead of the model.',
  );
}

function pathInFolder(bytes: ModelBytes, label: string, location: string): string {
  const folder = dirname(bytes.path);
  const isPlain = location !== '' && !/[\0\\]/.test(location) && !isAbsolute(location);
  if (!isPlain || leaves(location)) {
    throw bytes.invalid(`${label} names '${location}', which is not in the folder of the model`);
  }
  const path = join(folder, location);
  let real: string;
  try {
    real = realpathSync(path);
  } catch (problem) {
    if (!isAbsent(problem)) throw problem;
    throw new ExpectedError(
      `${bytes.path}: ${label} is in the file '${location}', which does not exist`,
      `put '${location}' beside the model, as it was exported`,
    );
  }
  // Download caches link a model and its data from another folder, in which they lie side by side.
  const folders = [realpathSync(folder), dirname(realpathSync(bytes.path))];
  if (folders.every((one) => leaves(relative(one, real)))) {
    throw bytes.invalid(`${label} names '${location}', a link out of the folder of the model`);
  }
  if (!statSync(real).isFile()) {
    throw bytes.invalid(`${label} names '${location}', which is not a file`);
  }
  return path;
}

/** Whether this relative path is outside the folder, or the folder. */
function leaves(path: string): boolean {
  return path === '' || path === '.' || path === '..' || path.startsWith(`..${sep}`);
}

function numberIn(
  bytes: ModelBytes,
  label: string,
  entries: ReadonlyMap<string, string>,
  key: string,
): number | undefined {
  const text = entries.get(key);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw bytes.invalid(`the ${key} of ${label} is '${text}', not a number of bytes`);
}
