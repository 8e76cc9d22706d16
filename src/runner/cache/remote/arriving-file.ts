/** A file whose bytes arrive one after another. They are hashed and written. */
import { createHash } from 'node:crypto';
import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { onFile, withPath } from '../../../base/read-file.ts';
import type { Digest } from '../../key/digest.ts';

/** The file is flushed after it has arrived. This starts it early, so that little is left then. */
const UNFLUSHED = 1 << 25;

export class ArrivingFile {
  private readonly path: string;
  private readonly file: number;
  private readonly sum = createHash('sha256');
  private unflushed = 0;
  private flushing: Promise<void> | undefined;
  private problem: NodeJS.ErrnoException | null = null;
  private isOpen = true;

  /** `path` must not exist. */
  constructor(path: string) {
    this.path = path;
    this.file = openSync(path, 'wx');
  }

  write(bytes: Uint8Array): void {
    this.sum.update(bytes);
    onFile(this.path, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    });
    this.unflushed += bytes.length;
    if (this.unflushed >= UNFLUSHED && !this.flushing) this.startFlush();
  }

  /** Closes the file. Rejects with a system error if the disk did not take all bytes. */
  async end(): Promise<Digest> {
    await this.close();
    if (this.problem) throw withPath(this.problem, this.path);
    return this.sum.digest('hex') as Digest;
  }

  /** Does nothing if it is closed. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.flushing;
    closeSync(this.file);
  }

  private startFlush(): void {
    this.unflushed = 0;
    this.flushing = new Promise((resolve) => {
      fdatasync(this.file, (problem) => {
        // The disk reports it only once, so a later flush might succeed.
        this.problem ??= problem;
        this.flushing = undefined;
        resolve();
      });
    });
  }
}
