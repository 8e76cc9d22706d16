/**
 * Lines at the bottom of a terminal that are redrawn in place, with permanent lines above them.
 *
 * No library is used: cli-progress leaves lines behind when the number of bars changes, and log-update replaces the
 * handlers of signals and breaks lines by a different measure of their width.
 */
import type { Writable } from 'node:stream';
import { columnsOf, fitting } from './width.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Milliseconds. The first limits how often changes are drawn. After the second, times have changed. */
const SOON = 100;
const LATER = 1000;

/** Ctrl-C is echoed after the last line. It must not begin a new line there. */
const ECHO = 3;

const ERASE_BELOW = '\x1b[J';

export class Footer {
  private readonly stream: Pick<Writable, 'write'>;
  private readonly size: () => TerminalSize;
  private content: ((size: TerminalSize) => readonly string[]) | undefined;
  private drawn: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(stream: Pick<Writable, 'write'>, size: () => TerminalSize) {
    this.stream = stream;
    this.size = size;
  }

  /** `content` is called for each drawing. Lines that are too long are cut. */
  open(content: (size: TerminalSize) => readonly string[]): void {
    this.content = content;
    this.changed();
  }

  get isOpen(): boolean {
    return this.content !== undefined;
  }

  /** Draws now, or soon if it has just drawn. A command that computes for long gets no other time to draw. */
  changed(): void {
    if (!this.content) return;
    const wait = this.drawnAt + SOON - performance.now();
    if (wait <= 0) this.draw();
    else this.drawIn(wait);
  }

  /** Writes text above the lines. `text` ends with a line end. */
  print(text: string): void {
    this.stream.write(this.erased() + text + this.lines());
    if (this.content) this.drawIn(LATER);
  }

  close(): void {
    this.content = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    const erase = this.erased();
    if (erase !== '') this.stream.write(erase);
  }

  private draw(): void {
    this.stream.write(this.erased() + this.lines());
    this.drawIn(LATER);
  }

  private drawIn(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), wait);
    this.timer.unref();
  }

  /** Moves to the first of the drawn lines and erases them. A terminal that became narrower has broken some. */
  private erased(): string {
    if (this.drawn.length === 0) return '';
    const { columns } = this.size();
    const rows = this.drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)),
      0,
    );
    this.drawn = [];
    return `\r${rows > 1 ? `\x1b[${rows - 1}A` : ''}${ERASE_BELOW}`;
  }

  private lines(): string {
    if (!this.content) return '';
    const size = this.size();
    const lines = this.content(size).slice(0, Math.max(1, size.rows - 1));
    this.drawnAt = performance.now();
    this.drawn = lines.map((line) => fitting(line, Math.max(1, size.columns - ECHO)));
    return this.drawn.join('\n');
  }
}
