/**
 * A file that a stage fills while it runs: its log or its curve. It is created at the first bytes. It is written
 * synchronously, so no output is buffered in memory.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../../base/system-error.ts';

export class AppendedFile {
  private readonly path: string;
  private readonly onBroken: (reason: string) => void;
  private file: number | undefined;
  private broken = false;

  /** A file that cannot be written does not stop its stage. `onBroken` is called once. */
  constructor(path: string, onBroken: (reason: string) => void) {
    this.path = path;
    this.onBroken = onBroken;
  }

  write(bytes: Buffer): void {
    if (this.broken) return;
    try {
      this.file ??= this.open();
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.broken = true;
      this.onBroken(problem.message);
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    return openSync(this.path, 'a');
  }
}
