/**
 * Reads a file of lines while another process writes it. Each line is given once, when it is complete.
 *
 * The file is opened for each read, because a network disk asks for the new size only then. A file that is missing or
 * can't be read has no new lines, and the next read tries again. If the bytes before the new ones are no longer the
 * same, the file was shortened, replaced or written again, and is read from its beginning.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isSystemError } from './system-error.ts';

const PIECE = 1 << 20;

/** The caller may have other work to do between two reads. */
const MOST_PER_READ = 16 * PIECE;

/** A longer line is skipped, so that a file without line ends does not fill the memory. */
const LONGEST_LINE = 64 * PIECE;

/** This many of the last bytes are compared. */
const MARK = 256;

const NEWLINE = 10;
const NOTHING: Buffer = Buffer.alloc(0);

export interface AppendedLinesOptions {
  /** A read stops after about this number of bytes. */
  readonly mostPerRead?: number;
  readonly longestLine?: number;
}

export class AppendedLines {
  /** Whether the last read stopped before the end of the file. */
  behind = false;
  private readonly path: string;
  private readonly mostPerRead: number;
  private readonly longestLine: number;
  private offset = 0;
  /** The bytes before the offset. */
  private mark: Buffer = NOTHING;
  /** The beginning of a line that is not complete. */
  private rest: Buffer[] = [];
  private restLength = 0;
  private isSkipping = false;

  constructor(
    path: string,
    { mostPerRead = MOST_PER_READ, longestLine = LONGEST_LINE }: AppendedLinesOptions = {},
  ) {
    this.path = path;
    this.mostPerRead = mostPerRead;
    this.longestLine = longestLine;
  }

  /** The new lines, each with its end. */
  read(): Buffer {
    this.behind = false;
    const lines: Buffer[] = [];
    let file: number | undefined;
    try {
      // Does not wait if it is a pipe.
      file = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
      if (fstatSync(file).isFile()) this.readFrom(file, lines);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
    } finally {
      if (file !== undefined) closeSync(file);
    }
    return lines.length === 1 ? lines[0]! : Buffer.concat(lines);
  }

  private readFrom(file: number, lines: Buffer[]): void {
    if (!this.isSame(file)) this.startAgain();
    for (let taken = 0; taken < this.mostPerRead; ) {
      const left = fstatSync(file).size - this.offset;
      const piece = Buffer.allocUnsafe(Math.max(0, Math.min(PIECE, left)));
      const length = readSync(file, piece, 0, piece.length, this.offset);
      this.behind = length > 0 && length < left;
      if (length === 0) return;
      taken += length;
      this.take(piece.subarray(0, length), lines);
      if (!this.behind) return;
    }
  }

  private isSame(file: number): boolean {
    const { mark } = this;
    const found = Buffer.alloc(mark.length);
    const length = readSync(file, found, 0, mark.length, this.offset - mark.length);
    return length === mark.length && found.equals(mark);
  }

  private startAgain(): void {
    this.offset = 0;
    this.mark = NOTHING;
    this.isSkipping = false;
    this.setRest([]);
  }

  private take(bytes: Buffer, lines: Buffer[]): void {
    this.offset += bytes.length;
    this.mark = Buffer.concat([this.mark, bytes.subarray(-MARK)]).subarray(-MARK);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const start = this.isSkipping ? bytes.indexOf(NEWLINE) + 1 : 0;
      lines.push(...this.rest, bytes.subarray(start, end));
      this.isSkipping = false;
      this.setRest([bytes.subarray(end)]);
    } else if (!this.isSkipping) this.setRest([...this.rest, bytes]);
    if (this.restLength <= this.longestLine) return;
    this.isSkipping = true;
    this.setRest([]);
  }

  private setRest(rest: readonly Buffer[]): void {
    this.rest = rest.filter(({ length }) => length > 0);
    this.restLength = this.rest.reduce((sum, { length }) => sum + length, 0);
  }
}
