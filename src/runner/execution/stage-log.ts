/**
 * Everything that a stage prints in one attempt. All bytes go to a file, and an excerpt goes to the
 * events.
 *
 * It is written synchronously in this process, so a stage that prints waits for the disk and no
 * output is buffered in memory. The process of the stage and its parent may write to the same file,
 * because both append.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../../base/system-error.ts';
import { Excerpt } from './excerpt.ts';

const NEWLINE = 10;

export class StageLog {
  private readonly path: string;
  private readonly excerpt: Excerpt;
  private readonly show: (line: string) => void;
  private file: number | undefined;
  private broken = false;
  private inLine = false;

  /** The file is created at the first output. `now` is in milliseconds. */
  constructor(path: string, show: (line: string) => void, now: () => number) {
    this.path = path;
    this.show = show;
    this.excerpt = new Excerpt(show, now);
  }

  /** A text is one or more lines. Bytes are written unchanged. */
  add(said: string | Uint8Array): void {
    const bytes =
      typeof said === 'string'
        ? Buffer.from(`${this.inLine ? '\n' : ''}${said}\n`)
        : Buffer.from(said.buffer, said.byteOffset, said.byteLength);
    if (bytes.length === 0) return;
    this.write(bytes);
    this.inLine = bytes[bytes.length - 1] !== NEWLINE;
    if (typeof said === 'string') this.excerpt.see(Buffer.from(`${said}\n`));
    else this.excerpt.see(bytes);
  }

  end(): void {
    this.excerpt.end();
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** A log that cannot be written does not stop its stage. */
  private write(bytes: Buffer): void {
    if (this.broken) return;
    try {
      this.file ??= this.open();
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.broken = true;
      this.show(`... the log of this stage ends here: ${problem.message}`);
    }
  }

  private open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    return openSync(this.path, 'a');
  }
}
