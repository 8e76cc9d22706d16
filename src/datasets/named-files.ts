/** Files of a user's own, by their names: a folder on the disk, an unpacked archive, or a test's own. */
export interface NamedFiles {
  /** With "/" between the steps; in any order. */
  readonly names: readonly string[];
  /** Throws `UnfitData` where the file is not as it was when its content was named. */
  read(name: string): Uint8Array;
}

/** Reports the progress of long reading, and stops it. */
export interface ReadingWatch {
  readonly signal: AbortSignal;
  onProgress(done: number, count: number): void;
}
