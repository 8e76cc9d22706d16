/** Reads a long file piece by piece, from any offset to its end, without loading all of it into memory. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { withPath } from '../../base/read-file.ts';
import { unlessAbsent } from '../../base/system-error.ts';

const PIECE = 1 << 20;
const NEWLINE = 10;

/** The values that `use` generates from the open file. None if the file does not exist. */
export function* withFile<T>(path: string, use: (file: number) => Generator<T>): Generator<T> {
  const file = unlessAbsent(() => openSync(path, 'r'));
  if (file === undefined) return;
  try {
    yield* use(file);
  } catch (problem) {
    throw withPath(problem, path);
  } finally {
    closeSync(file);
  }
}

/**
 * The bytes after offset `from`, in pieces that end at the end of a line, except for the last piece and for very
 * long lines. It stops at the size that the file had at first, since a log may grow as fast as it is read.
 */
export function* linePieces(
  file: number,
  from: number,
  longest = PIECE,
): Generator<{ readonly at: number; readonly bytes: Buffer }> {
  const { size } = fstatSync(file);
  let rest: Buffer = Buffer.alloc(0);
  for (let at = from; ; ) {
    const piece = Buffer.allocUnsafe(PIECE);
    const length = at < size ? readSync(file, piece, 0, Math.min(PIECE, size - at), at) : 0;
    const start = at - rest.length;
    const known = piece.subarray(0, length);
    const bytes = rest.length === 0 ? known : Buffer.concat([rest, known]);
    if (length === 0) {
      if (bytes.length > 0) yield { at: start, bytes };
      return;
    }
    at += length;
    const newline = bytes.lastIndexOf(NEWLINE) + 1;
    const end = newline > 0 || bytes.length < longest ? newline : bytes.length;
    if (end > 0) yield { at: start, bytes: bytes.subarray(0, end) };
    rest = bytes.subarray(end);
  }
}

const BLOCK = 64 << 10;

/** The offset of the last `count` lines of a file, searched backwards from its end, within at most `most` bytes. */
export function startOfLast(file: number, count: number, most = Number.POSITIVE_INFINITY): number {
  const { size } = fstatSync(file);
  const first = Math.max(0, size - most);
  const block = Buffer.allocUnsafe(BLOCK);
  let left = count;
  // The newline at the end of the file ends the last line and does not begin another one.
  for (let end = size - 1; end > first && left > 0; ) {
    const from = Math.max(first, end - BLOCK);
    const length = readSync(file, block, 0, end - from, from);
    for (let at = length - 1; at >= 0; at--) {
      if (block[at] === NEWLINE && --left === 0) return from + at + 1;
    }
    end = from;
  }
  return count === 0 ? size : first;
}
