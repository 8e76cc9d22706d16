/**
 * Splits the bytes that a program prints into whole lines.
 *
 * A line that is redrawn many times (a progress bar) is passed on once, in its last form. A line
 * without an end is passed on in pieces, so that memory does not grow.
 */

/** A piece of a line without an end has about this many bytes. */
const LONGEST = 16_384;

const [NEWLINE, RETURN] = [10, 13];

export class OutputLines {
  private rest: Buffer = Buffer.alloc(0);
  private readonly take: (bytes: Buffer) => void;
  private readonly onDrawn: (line: string) => void;

  /** `take` gets whole lines or a piece of one. `onDrawn` gets the text of a line that is being redrawn. */
  constructor(take: (bytes: Buffer) => void, onDrawn: (line: string) => void = () => undefined) {
    this.take = take;
    this.onDrawn = onDrawn;
  }

  feed(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.take(asDrawn(joined(this.rest, chunk.subarray(0, end))));
    // A copy, because the chunk is part of a larger buffer that would stay in memory.
    const rest = Buffer.from(chunk.subarray(end));
    this.rest = end > 0 ? rest : joined(this.rest, rest);
    if (this.rest.includes(RETURN)) {
      this.rest = asDrawn(this.rest, 'open');
      this.onDrawn(this.rest.toString('utf8'));
    }
    if (this.rest.length >= LONGEST) this.end();
  }

  /** Passes on the line that has no end yet. */
  end(): void {
    const { rest } = this;
    this.rest = Buffer.alloc(0);
    if (rest.length > 0) this.take(asDrawn(rest));
  }
}

function joined(first: Buffer, second: Buffer): Buffer {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}

/** An open line keeps the carriage returns at its end: the next text is drawn over it. */
function asDrawn(bytes: Buffer, last: 'open' | 'ended' = 'ended'): Buffer {
  if (!bytes.includes(RETURN)) return bytes;
  // Each byte is a character of Latin-1, so that bytes that are not text are kept.
  const lines = bytes.toString('latin1').split('\n').map(lastDrawn);
  const drawn = last === 'open' ? lines : lines.map(withoutReturns);
  return Buffer.from(drawn.join('\n'), 'latin1');
}

function lastDrawn(line: string): string {
  const end = withoutReturns(line).length;
  return end === 0 ? line : line.slice(line.lastIndexOf('\r', end - 1) + 1);
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end--;
  return line.slice(0, end);
}
