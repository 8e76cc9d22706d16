/** The bytes of a body, piece by piece, so that a large file needs little memory. */
import { createReadStream } from 'node:fs';
import type { Pace, RemoteBody } from '../runner/index.ts';

/** A slow line sends one within the time limit for silence. */
const PIECE = 1 << 16;

export async function* piecesOf(body: RemoteBody, pace?: Pace): AsyncGenerator<Uint8Array> {
  if (body.size === 0) return;
  if ('bytes' in body) {
    await pace?.(body.size);
    yield body.bytes;
    return;
  }
  const { file, from = 0, size } = body;
  const range = { start: from, end: from + size - 1, highWaterMark: PIECE };
  for await (const piece of createReadStream(file, range) as AsyncIterable<Buffer>) {
    await pace?.(piece.length);
    yield piece;
  }
}
