/**
 * Fields of Protocol Buffers messages, written by their numbers. `protobuf-reading.ts` reads them. Reflection on the
 * text of a schema would load ten times the code.
 */
import { Writer } from 'protobufjs/minimal.js';

export { Writer };

export const [VARINT, LENGTH_DELIMITED, FIXED32] = [0, 2, 5] as const;

export type WireType = typeof VARINT | typeof LENGTH_DELIMITED | typeof FIXED32;

/** Writes the tag of a field. The value follows. */
export function tagged(
  writer: Writer,
  field: number,
  wireType: WireType = LENGTH_DELIMITED,
): Writer {
  return writer.uint32((field << 3) | wireType);
}

/** A field that is a message, whose fields `write` writes. */
export function message(writer: Writer, field: number, write: () => void): void {
  tagged(writer, field).fork();
  write();
  writer.ldelim();
}
