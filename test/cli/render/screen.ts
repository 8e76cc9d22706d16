/** What a terminal shows: the control sequences that the program writes are applied, and long lines are broken. */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter();

export class Screen {
  columns: number;
  private readonly rows: number;
  /** Rows of the screen and above it. A row that continues the one before it has `joined`. */
  private lines: { cells: string[]; joined: boolean }[] = [{ cells: [], joined: false }];
  private y = 0;
  private x = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    const [first = '', ...others] = text.split('\x1b[');
    this.say(first);
    for (const other of others) {
      const [sequence, count, letter] = /^([\d;]*)([A-Za-z])/.exec(other)!;
      this.control(letter!, Number(count || 1));
      this.say(other.slice(sequence.length));
    }
  }

  private say(text: string): void {
    for (const [part] of text.matchAll(/[\r\n]|[^\r\n]+/g)) {
      if (part === '\r') this.x = 0;
      else if (part === '\n') this.newLine(false);
      else for (const { segment } of segmenter.segment(part)) this.put(segment);
    }
  }

  /** As terminals do it: long rows are broken, and the cursor stays in its text. */
  resize(columns: number): void {
    this.columns = columns;
    const texts = this.lines.map(({ cells }) => cells);
    this.lines = [];
    for (const cells of texts) {
      for (let from = 0; from === 0 || from < cells.length; from += columns) {
        this.lines.push({ cells: cells.slice(from, from + columns), joined: from > 0 });
      }
    }
    this.y = this.lines.length - 1;
    this.x = this.lines[this.y]!.cells.length;
  }

  /** Without spaces at the ends, and without empty lines at the bottom. */
  text(): string[] {
    const lines = this.lines.map(({ cells }) => cells.join('').trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  private put(sign: string): void {
    const width = stringWidth(sign);
    if (this.x + width > this.columns) this.newLine(true);
    const { cells } = this.lines[this.y]!;
    while (cells.length < this.x) cells.push(' ');
    cells[this.x] = sign;
    if (width === 2) cells[this.x + 1] = '';
    this.x += width;
  }

  private newLine(joined: boolean): void {
    this.y++;
    this.x = 0;
    this.lines[this.y] ??= { cells: [], joined };
  }

  private control(letter: string, count: number): void {
    const top = Math.max(0, this.lines.length - this.rows);
    if (letter === 'A') this.y = Math.max(top, this.y - count);
    else if (letter === 'J') {
      this.lines[this.y]!.cells.length = Math.min(this.x, this.lines[this.y]!.cells.length);
      this.lines.length = this.y + 1;
    } else if (letter !== 'm') throw new Error(`the terminal has no sequence "${letter}"`);
  }
}
