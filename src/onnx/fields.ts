/** Reads the fields of a message in a model's file, without the bytes of long values. */
import { FIXED32, LENGTH_DELIMITED, VARINT } from '../base/protobuf.ts';
import { decoded, fieldHead, HEAD_BYTES, type Reader, signed } from '../base/protobuf-reading.ts';
import type { ModelBytes, Span } from './model-bytes.ts';

export interface Field {
  readonly number: number;
  readonly wireType: number;
  /** The value. */
  readonly value: Span;
  /** The value with its tag. */
  readonly whole: Span;
}

/** @throws ExpectedError if the message is malformed */
export function* fieldsOf(bytes: ModelBytes, message: Span): Generator<Field, void, void> {
  bytes.countPart(message);
  for (let at = message.from; at < message.to; ) {
    const head = fieldHead(bytes.peek({ from: at, to: Math.min(at + HEAD_BYTES, message.to) }));
    if (!head) throw bytes.damaged(at, 'a field is malformed');
    const value = { from: at + head.from, to: at + head.to };
    if (value.to > message.to) {
      const length = value.to - value.from;
      throw bytes.damaged(at, `a field of ${length} bytes exceeds its message or the file`);
    }
    yield {
      number: head.number,
      wireType: head.wireType,
      value,
      whole: { from: at, to: value.to },
    };
    at = value.to;
  }
}

/** The span of a value that is a message, a text or bytes. */
export function spanOf(bytes: ModelBytes, field: Field): Span {
  if (field.wireType !== LENGTH_DELIMITED) throw wrongType(bytes, field);
  return field.value;
}

export function textOf(bytes: ModelBytes, field: Field): string {
  return bytes.text(spanOf(bytes, field));
}

/** @throws ExpectedError if the value is not an integer of at most 53 bits */
export function integerOf(bytes: ModelBytes, field: Field): number {
  if (field.wireType !== VARINT) throw wrongType(bytes, field);
  const value = decoded(bytes.peek(field.value), signed);
  if (value === undefined) throw wrongType(bytes, field);
  if (!Number.isSafeInteger(value)) throw bytes.damaged(field.value.from, `${value} is too large`);
  return value;
}

export function floatOf(bytes: ModelBytes, field: Field): number {
  if (field.wireType !== FIXED32) throw wrongType(bytes, field);
  return decoded(bytes.peek(field.value), (reader) => reader.float())!;
}

const PIECE = 1 << 16;
/** Of a varint. */
const LONGEST = 10;

/**
 * Passes each value of a repeated field of numbers to `take`. A field has one value, or many that are packed.
 *
 * @param read reads one value of `wireType`
 */
export function eachNumber(
  bytes: ModelBytes,
  field: Field,
  wireType: number,
  read: (reader: Reader) => number,
  take: (value: number) => void,
): void {
  if (field.wireType !== wireType) spanOf(bytes, field);
  const { to } = field.value;
  let { from } = field.value;
  while (from < to) {
    const piece = bytes.peek({ from, to: Math.min(from + PIECE, to) });
    const isLast = from + piece.length === to;
    // A value may continue in the next piece.
    const end = isLast ? piece.length : piece.length - LONGEST;
    const count = decoded(piece, (reader) => {
      while (reader.pos < end) take(read(reader));
      return reader.pos;
    });
    if (count === undefined) throw bytes.damaged(from, 'a list of numbers is malformed');
    from += count;
  }
}

/** The values of a repeated field of integers, at most `limit` together with those of `known`. */
export function addIntegers(bytes: ModelBytes, field: Field, known: number[], limit: number): void {
  const at = field.value.from;
  eachNumber(bytes, field, VARINT, signed, (value) => {
    if (!Number.isSafeInteger(value)) throw bytes.damaged(at, `${value} is too large`);
    if (known.length === limit) throw bytes.damaged(at, `a list has more than ${limit} numbers`);
    known.push(value);
  });
}

function wrongType(bytes: ModelBytes, { number, wireType, whole }: Field): Error {
  return bytes.damaged(whole.from, `field ${number} has the wrong wire type (${wireType})`);
}
