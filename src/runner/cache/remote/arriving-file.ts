/** A file whose bytes arrive one after another. They are hashed and written. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Digest } from '../../key/digest.ts';

export interface ArrivingFile {
  /** The next bytes. The caller may change them afterwards, and waits for the promise, if there is one. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Closes the file. Resolves with the digest of its bytes. Rejects if not all of them were written. */
  end(): Promise<Digest>;
  /** Closes a file that is of no use, unless it is closed. */
  drop(): Promise<void>;
}

/** Does everything at once, which is best for a small file. `path` must not exist. */
export function openHere(path: string): ArrivingFile {
  const file = openSync(path, 'wx');
  const sum = createHash('sha256');
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  return {
    write(bytes) {
      sum.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      return undefined;
    },
    async end() {
      close();
      return sum.digest('hex') as Digest;
    },
    async drop() {
      close();
    },
  };
}
