/**
 * What the store asks of the memory of past readings: which bytes a file was found to hold, and what a stat said
 * of it then. `state/file-digests.ts` is that memory.
 */
import type { Digest } from '../key/digest.ts';

export interface KnownEntry {
  readonly stamp: string;
  readonly digest: Digest;
}

export interface KnownBytes {
  /** False if it remembers nothing. */
  readonly keeps: boolean;
  get(name: string): KnownEntry | undefined;
  learn(name: string, stamp: string, digest: Digest): void;
  /** The file has to be read before it is used again. */
  invalidate(name: string): void;
}

/** For code that only looks. */
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
  /** What a stat said when it was read. */
  readonly stamp: string;
}

export interface FileReader {
  /** Throws if no file can be read, or if it changes all the time. */
  digest(path: string): KnownFile;
}

export class ChangingFile extends Error {}
