/**
 * A file as pieces: spans of the model's file, which are copied byte by byte, and new bytes. The length of a message
 * stands before it, so all lengths are known before the first byte is written.
 */
import { writeSync } from 'node:fs';
import { tagged, Writer } from '../base/protobuf.ts';
import type { ModelBytes, Span } from './model-bytes.ts';

export type Piece = Uint8Array | Span | NewBytes;

/** Bytes that are made when they are written, so that the memory never holds all of them. */
export interface NewBytes {
  readonly length: number;
  readonly make: () => Uint8Array;
}

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
}

/** A field that is a message or bytes. */
export function fieldPieces<P extends Piece>(
  number: number,
  pieces: readonly P[],
): readonly (P | Uint8Array)[] {
  return [tagged(Writer.create(), number).uint32(lengthOf(pieces)).finish(), ...pieces];
}

/** A message, or a part of one, whose fields `write` writes. */
export function written(write: (writer: Writer) => void): Uint8Array {
  const writer = Writer.create();
  write(writer);
  return writer.finish();
}

const COPIED_AT_ONCE = 1 << 22;

/** @param source what spans refer to */
export function writePieces(file: number, pieces: readonly Piece[], source: ModelBytes): void {
  for (const piece of joined(pieces)) {
    if (piece instanceof Uint8Array) writeAll(file, piece);
    else if ('make' in piece) writeAll(file, piece.make());
    else {
      for (let { from } = piece; from < piece.to; from += COPIED_AT_ONCE) {
        writeAll(file, source.copy({ from, to: Math.min(from + COPIED_AT_ONCE, piece.to) }));
      }
    }
  }
}

/** Spans that follow one another become one. */
function* joined(pieces: readonly Piece[]): Iterable<Piece> {
  let open: Span | undefined;
  for (const piece of pieces) {
    if ('from' in piece && open?.to === piece.from) {
      open = { from: open.from, to: piece.to };
      continue;
    }
    if (open) yield open;
    open = 'from' in piece ? piece : undefined;
    if (!open) yield piece;
  }
  if (open) yield open;
}

export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30));
  }
}

function sizeOf(piece: Piece): number {
  return 'from' in piece ? piece.to - piece.from : piece.length;
}
