/**
 * Checks the header of a safetensors file in the same way as the reference implementation. Errors name the file and the
 * array.
 *
 * The arrays must fill the file from the end of the header to its last byte, without gaps or overlaps. Duplicate names
 * are refused as well; the format forbids them.
 * Source: https://github.com/huggingface/safetensors#format, and `Metadata::validate` of its Rust code.
 */
import { ExpectedError } from '../base/expected-error.ts';
import { parseJson } from '../base/json-text.ts';
import { dtypeNamed } from './dtypes.ts';

export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the end of the header: the first byte, and the end. */
  readonly data_offsets: readonly [number, number];
}

export interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes. The reference implementation reads no longer header. */
export const HEADER_LIMIT = 100_000_000;

/**
 * @param text the header
 * @param dataSize bytes of the file after the header
 * @param file the name of the file in error messages
 */
export function parseHeader(text: string, dataSize: number, file: string): Header {
  const content = parseJson(text);
  if (!isObject(content)) throw unfit(file, 'its header is not a JSON object');
  const twice = repeatedKey(text);
  if (twice !== undefined) throw unfit(file, `its header names ${quoted(twice)} twice`);
  const { __metadata__: metadata = {}, ...rest } = content;
  if (!isObject(metadata) || !Object.values(metadata).every((one) => typeof one === 'string')) {
    throw unfit(file, 'its metadata are not all texts');
  }
  const entries = new Map(
    Object.entries(rest).map(([name, entry]) => [name, checkedEntry(name, entry, file)]),
  );
  requireFilled(entries, dataSize, file);
  return { entries, metadata: metadata as Record<string, string> };
}

export function unfit(file: string, why: string): ExpectedError {
  return new ExpectedError(
    `${file} is not a valid safetensors file: ${why}`,
    'save it again, or copy it again if it was copied',
  );
}

function checkedEntry(name: string, entry: unknown, file: string): Entry {
  const refuse = (why: string): ExpectedError => unfit(file, `array ${quoted(name)} ${why}`);
  if (!isObject(entry)) throw refuse('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = typeof dtype === 'string' ? dtypeNamed(dtype) : undefined;
  if (!type) throw refuse(`has the unknown dtype ${JSON.stringify(dtype) ?? 'undefined'}`);
  if (!isListOfSizes(shape)) {
    throw refuse(`has the shape ${JSON.stringify(shape) ?? 'undefined'}, not a list of sizes`);
  }
  if (!isListOfSizes(offsets) || offsets.length !== 2) {
    throw refuse(
      `has the data_offsets ${JSON.stringify(offsets) ?? 'undefined'}, not a first byte and an end`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, extent) => product * extent, type.size);
  if (end - begin !== bytes) {
    throw refuse(
      `has the data_offsets ${begin} to ${end}, but ${dtype} of shape [${shape.join(', ')}] takes ${bytes} bytes`,
    );
  }
  return { dtype: dtype as string, shape, data_offsets: [begin, end] };
}

function requireFilled(entries: ReadonlyMap<string, Entry>, dataSize: number, file: string): void {
  const inOrder = [...entries].sort(
    ([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1],
  );
  let filled = 0;
  for (const [name, { data_offsets }] of inOrder) {
    const [begin, end] = data_offsets;
    if (begin !== filled) {
      const how = begin < filled ? 'overlaps the array before it' : 'leaves a gap before it';
      throw unfit(file, `array ${quoted(name)} at bytes ${begin} to ${end} ${how}`);
    }
    filled = end;
  }
  if (filled > dataSize) {
    throw unfit(file, `its arrays take ${filled} bytes, but it has ${dataSize} for them`);
  }
  if (filled < dataSize) {
    throw unfit(file, `${dataSize - filled} bytes follow its last array`);
  }
}

/**
 * A duplicate key of the outer object, or of an object directly inside it: `JSON.parse` silently uses the last one.
 * The text must be valid JSON.
 */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const known = open.at(-1)!;
      if (known.has(key)) return key;
      known.add(key);
    }
  }
  return undefined;
}

function isListOfSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
}
