/** The messages that describe tensors: `TensorProto` and `ValueInfoProto`. */
import { message, tagged, VARINT, type Writer } from '../base/protobuf.ts';
import type { Span } from './model-bytes.ts';
import { fieldPieces, type Piece, written } from './pieces.ts';

/** Offsets of tensors in files are multiples of this, so that they can be mapped into memory. */
export const ALIGNMENT = 4096;

/** `TensorProto.DataLocation.EXTERNAL`. */
export const EXTERNAL = 1;
/** A field of `TensorProto`. */
export const EXTERNAL_DATA = 13;

/** Where the elements of a tensor are, if they are not in its message. */
export interface Place extends Span {
  readonly location: string;
}

interface Described<Extent> {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  readonly shape: readonly Extent[];
}

/** The field `number`, a tensor. */
export function tensorPieces<P extends Piece>(
  number: number,
  { name, type, shape, bytes }: Described<number> & { readonly bytes: P },
  place?: Place,
): readonly (P | Uint8Array)[] {
  const head = written((writer) => {
    for (const extent of shape) tagged(writer, 1, VARINT).int64(extent);
    tagged(writer, 2, VARINT).int32(type);
    tagged(writer, 8).string(name);
    if (!place) return;
    writePlace(writer, place);
    tagged(writer, 14, VARINT).int32(EXTERNAL);
  });
  return fieldPieces<P | Uint8Array>(number, place ? [head] : [head, ...fieldPieces(9, [bytes])]);
}

export function writePlace(writer: Writer, { location, from, to }: Place): void {
  writePairs(writer, EXTERNAL_DATA, { location, offset: String(from), length: String(to - from) });
}

/** Fields of `StringStringEntryProto`. */
export function writePairs(
  writer: Writer,
  field: number,
  pairs: Readonly<Record<string, string>>,
): void {
  for (const [key, value] of Object.entries(pairs)) {
    message(writer, field, () => {
      tagged(writer, 1).string(key);
      tagged(writer, 2).string(value);
    });
  }
}

/** A name stands for an extent that is known only at run time. */
export function writeValue(
  writer: Writer,
  { name, type, shape }: Described<number | string>,
): void {
  tagged(writer, 1).string(name);
  message(writer, 2, () => {
    message(writer, 1, () => {
      tagged(writer, 1, VARINT).int32(type);
      message(writer, 2, () => {
        for (const extent of shape) {
          message(writer, 1, () => {
            if (typeof extent === 'number') tagged(writer, 1, VARINT).int64(extent);
            else tagged(writer, 2).string(extent);
          });
        }
      });
    });
  });
}
