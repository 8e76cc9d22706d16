/** The sha256 of bytes as 64 hexadecimal digits. All content in the store is named by it. */
import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { onFile } from '../../base/read-file.ts';

export type Digest = string & { readonly __brand: 'Digest' };

export function digestOf(content: string | Uint8Array): Digest {
  return hash('sha256', content, 'hex') as Digest;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}

/** Shared by all files, because allocating it would be most of the cost of a small file. */
let piece: Buffer | undefined;

/** Reads in pieces, because a file can be larger than memory. Calls `onPiece` after each piece. */
export function digestFile(path: string, onPiece?: () => void): Digest {
  const sum = createHash('sha256');
  piece ??= Buffer.allocUnsafeSlow(1 << 20);
  const file = openSync(path, 'r');
  try {
    const next = (): number => onFile(path, () => readSync(file, piece!));
    for (let read = next(); read > 0; read = next()) {
      sum.update(piece.subarray(0, read));
      onPiece?.();
    }
  } finally {
    closeSync(file);
  }
  return sum.digest('hex') as Digest;
}
