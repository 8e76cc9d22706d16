/**
 * Everything that a stage prints in one attempt. All bytes go to a file, and an excerpt goes to the
 * events.
 *
 * A stage that prints waits for the disk. The process of the stage and its parent may write to the
 * same file, because both append.
 */
import { AppendedFile } from './appended-file.ts';
import { Excerpt } from './excerpt.ts';

const NEWLINE = 10;

export class StageLog {
  private readonly excerpt: Excerpt;
  private readonly file: AppendedFile;
  private inLine = false;

  /** The file is created at the first output. `now` is in milliseconds. */
  constructor(path: string, show: (line: string) => void, now: () => number) {
    this.file = new AppendedFile(path, (reason) =>
      show(`... the log of this stage ends here: ${reason}`),
    );
    this.excerpt = new Excerpt(show, now);
  }

  /** A text is one or more lines. Bytes are written unchanged. */
  add(said: string | Uint8Array): void {
    const bytes =
      typeof said === 'string'
        ? Buffer.from(`${this.inLine ? '\n' : ''}${said}\n`)
        : Buffer.from(said.buffer, said.byteOffset, said.byteLength);
    if (bytes.length === 0) return;
    this.file.write(bytes);
    this.inLine = bytes[bytes.length - 1] !== NEWLINE;
    if (typeof said === 'string') this.excerpt.see(Buffer.from(`${said}\n`));
    else this.excerpt.see(bytes);
  }

  end(): void {
    this.excerpt.end();
    this.file.close();
  }
}
