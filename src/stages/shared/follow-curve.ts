/** Reports the points that a command writes to its output `curve.jsonl`, while it still writes. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isSystemError } from '../../base/system-error.ts';
import type { StageContext } from '../../runner/index.ts';
import { reportPoints } from './shell-output.ts';

const EVERY_MS = 500;
const PIECE = 1 << 20;
const NEWLINE = 10;

/** Returns a function that reads once more and stops. */
export function followCurve(
  path: string,
  context: Pick<StageContext<unknown>, 'point'>,
): () => void {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  const look = (): void => {
    const read = newBytes(path, offset);
    // A file that was written again from its beginning.
    if (read.from < offset) rest = Buffer.alloc(0);
    offset = read.from + read.bytes.length;
    const known = Buffer.concat([rest, read.bytes]);
    const end = known.lastIndexOf(NEWLINE) + 1;
    // A longer line is no point.
    rest = known.length - end > PIECE ? Buffer.alloc(0) : known.subarray(end);
    reportPoints(known.toString('utf8', 0, end), context);
  };
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
  };
}

/** At most one piece, from `offset` or from the beginning of a shorter file. */
function newBytes(path: string, offset: number): { readonly from: number; readonly bytes: Buffer } {
  let file: number | undefined;
  try {
    // Does not wait if it is a pipe.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(file);
    // Something else has this name. The command fails later, if it stays there.
    if (!status.isFile()) return { from: offset, bytes: Buffer.alloc(0) };
    const from = status.size < offset ? 0 : offset;
    const piece = Buffer.alloc(Math.min(PIECE, status.size - from));
    return { from, bytes: piece.subarray(0, readSync(file, piece, 0, piece.length, from)) };
  } catch (problem) {
    // The file is not there yet, or can't be read now. The output itself is taken later.
    if (!isSystemError(problem)) throw problem;
    return { from: offset, bytes: Buffer.alloc(0) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
