/**
 * Fields of Protocol Buffers messages, read by their numbers. It is a file of its own because the code of most stages
 * only writes them.
 */
import { Reader } from 'protobufjs/minimal.js';
import { FIXED32, LENGTH_DELIMITED, VARINT } from './protobuf.ts';

export type { Reader };

export const FIXED64 = 1;

/** The first bytes of a field: its tag, and where its value is. Offsets are from the start of the tag. */
export interface FieldHead {
  readonly number: number;
  readonly wireType: number;
  readonly from: number;
  readonly to: number;
}

/** A tag and a length, or a tag and a varint, have at most this many bytes. */
export const HEAD_BYTES = 15;

/**
 * The field at the start of `bytes`, of which `HEAD_BYTES` are enough. Undefined if it is malformed, or a group: this
 * deprecated form has no length, and no format that is read here uses it.
 */
export function fieldHead(bytes: Uint8Array): FieldHead | undefined {
  return decoded(bytes, (reader) => {
    const tag = reader.tag();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (number === 0) return undefined;
    if (wireType === LENGTH_DELIMITED) {
      const length = reader.size();
      return { number, wireType, from: reader.pos, to: reader.pos + length };
    }
    const from = reader.pos;
    if (wireType === FIXED32 || wireType === FIXED64) {
      return { number, wireType, from, to: from + (wireType === FIXED32 ? 4 : 8) };
    }
    if (wireType !== VARINT) return undefined;
    reader.uint64();
    return { number, wireType, from, to: reader.pos };
  });
}

/** What `read` reads from `bytes`. Undefined if the bytes are malformed. */
export function decoded<T>(bytes: Uint8Array, read: (reader: Reader) => T): T | undefined {
  try {
    return read(Reader.create(bytes));
  } catch (problem) {
    // The library has no class of its own for the end of the bytes or for a varint that is too long.
    if (problem instanceof RangeError && problem.message.startsWith('index out of range')) {
      return undefined;
    }
    if (problem instanceof Error && /^invalid \w+ encoding$/.test(problem.message)) {
      return undefined;
    }
    throw problem;
  }
}

/** A varint as a signed number. Not a safe integer if it has more than 53 bits. */
export function signed(reader: Reader): number {
  const value = reader.int64();
  return typeof value === 'number' ? value : Number(value.toString());
}
