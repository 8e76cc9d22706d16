/** The user's own files by their names: a folder on disk, an unpacked archive, or files of a test. */
export interface NamedFiles {
  /** Paths with "/" as the separator, in any order. */
  readonly names: readonly string[];
  /** Throws `UnfitData` if the file has changed since its content was hashed. */
  read(name: string): Uint8Array;
}

/** Reports the progress of a long read, and can stop it. */
export interface ReadingWatch {
  readonly signal: AbortSignal;
  onProgress(done: number, count: number): void;
}
