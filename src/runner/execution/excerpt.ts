/**
 * The lines of a stage's output that are shown while it runs and stored in the journal of its run.
 *
 * A stage may print a million lines per second, too many to read or to store in a journal. The
 * lines over the limit are counted and left out here. The log file of the stage has all of them
 * (`stage-log.ts`).
 */
import { byteSize } from '../../base/units.ts';

/** This many bytes are shown however fast they come. */
const AT_ONCE = 1 << 20;

/** Bytes per second afterwards. */
const PER_SECOND = 64 << 10;

/** Added to the bytes of each line, because a line becomes an event. */
const LINE_COST = 64;

/** A longer line is shown in pieces of about this many bytes. */
const LONGEST = 16_384;

/** When the stage ends, the last of the lines that were left out are shown. */
const LAST_LINES = 20;

const NEWLINE = 10;

export class Excerpt {
  private readonly show: (line: string) => void;
  private readonly now: () => number;
  private room = AT_ONCE;
  private at: number | undefined;
  private leftOut = 0;
  private newest: Buffer = Buffer.alloc(0);

  /** `now` is in milliseconds. */
  constructor(show: (line: string) => void, now: () => number) {
    this.show = show;
    this.now = now;
  }

  /** Whole lines, or a piece of one, which is shown as a line. */
  see(bytes: Buffer): void {
    this.refill();
    if (this.leftOut > 0) {
      // Waits until several lines fit, so that the text between two gaps is long enough to read.
      if (this.room < PER_SECOND) {
        this.leaveOut(bytes);
        return;
      }
      this.showGap(this.leftOut);
    }
    let from = 0;
    while (from < bytes.length && this.room > 0) {
      const newline = bytes.indexOf(NEWLINE, from);
      const end = newline < 0 ? bytes.length : newline;
      const to = end - from > LONGEST ? characterEnd(bytes, from + LONGEST) : end;
      this.room -= to - from + LINE_COST;
      this.show(bytes.toString('utf8', from, to));
      from = to === newline ? to + 1 : to;
    }
    if (from < bytes.length) this.leaveOut(bytes.subarray(from));
  }

  /** Shows the last lines that were left out, because they may say why the stage failed. */
  end(): void {
    if (this.leftOut === 0) return;
    const last = lastLines(this.newest);
    const length = last.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (length < this.leftOut) this.showGap(this.leftOut - length);
    for (const line of last) this.show(line);
    this.leftOut = 0;
  }

  private leaveOut(bytes: Buffer): void {
    this.leftOut += bytes.length;
    this.newest = bytes;
  }

  private showGap(bytes: number): void {
    this.show(`... ${byteSize(bytes)} left out here; \`pipeline log\` has all of it`);
    this.leftOut = 0;
    this.newest = Buffer.alloc(0);
  }

  private refill(): void {
    const now = this.now();
    const seconds = (now - (this.at ?? now)) / 1000;
    this.at = now;
    this.room = Math.min(AT_ONCE, this.room + Math.max(0, seconds) * PER_SECOND);
  }
}

/** The first position from `at` on that does not split a UTF-8 character. */
function characterEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (end < at + 3 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++;
  return end;
}

function lastLines(bytes: Buffer): readonly string[] {
  const end = bytes.subarray(Math.max(0, bytes.length - LONGEST));
  return end.toString('utf8').replace(/\n$/, '').split('\n').slice(-LAST_LINES);
}
