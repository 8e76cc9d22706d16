/**
 * What the store needs from the cache of digests: the digest of a file and its stamp when it was
 * read. `state/file-digests.ts` implements it.
 */
import type { Digest } from '../key/digest.ts';

export interface KnownEntry {
  readonly stamp: string;
  readonly digest: Digest;
}

export interface KnownBytes {
  /** False if it caches nothing. */
  readonly keeps: boolean;
  get(name: string): KnownEntry | undefined;
  learn(name: string, stamp: string, digest: Digest): void;
  /** The file has to be read before it is used again. */
  invalidate(name: string): void;
}

/** For code that changes nothing. */
export const nothingKnown: KnownBytes = {
  keeps: false,
  get: () => undefined,
  learn: () => undefined,
  invalidate: () => undefined,
};

export interface KnownFile {
  readonly digest: Digest;
  readonly size: number;
  readonly executable: boolean;
  /** Its stamp when it was read. */
  readonly stamp: string;
}

export interface FileReader {
  /** Throws if the path can't be read as a file, or if the file keeps changing. */
  digest(path: string): KnownFile;
}

export class ChangingFile extends Error {}
