/**
 * The output of a command: writes it to the log as it arrives, and reads the progress from progress bars and the points
 * of a curve from lines of JSON.
 */
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { parseCurveLine } from '../../../base/curve.ts';
import { OutputLines, type StageContext } from '../../../runner/index.ts';

type Context = Pick<StageContext<unknown>, 'log' | 'progress' | 'point'>;

const BRACE = 0x7b;
const NEWLINE = Buffer.from('\n');

export class ShellOutput {
  /** The last line that is not empty, as plain text. */
  lastLine = '';
  private readonly context: Context;
  /** The stream whose last line is not complete. */
  private inLine: Readable | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** The command waits while its output is written, so nothing is buffered. */
  async read(stream: Readable): Promise<void> {
    let reported = -1;
    const lines = new OutputLines(
      (bytes) => this.take(bytes, stream),
      (drawn) => {
        const percent = /(\d{1,3}(?:\.\d+)?)%/.exec(drawn);
        const fraction = percent ? Math.min(1, Number(percent[1]) / 100) : reported;
        if (fraction !== reported) this.context.progress({ fraction });
        reported = fraction;
      },
    );
    for await (const chunk of stream) lines.feed(chunk as Buffer);
    lines.end();
  }

  private take(bytes: Buffer, stream: Readable): void {
    // Two streams share one log. A line of one must not continue a line of the other.
    if (this.inLine && this.inLine !== stream) this.context.log(NEWLINE);
    this.inLine = bytes.at(-1) === NEWLINE[0] ? undefined : stream;
    this.context.log(bytes);
    if (bytes.includes(BRACE)) reportPoints(bytes.toString('utf8'), this.context);
    this.lastLine = lastSaid(bytes) || this.lastLine;
  }
}

export function reportPoints(lines: string, { point }: Pick<Context, 'point'>): void {
  for (const line of lines.split('\n')) {
    const found = parseCurveLine(line);
    if (found) point({ ...found.values, step: found.step, epoch: found.epoch });
  }
}

/** The maximum length of the line that is shown as the reason of a failure. */
const LONGEST = 4096;

/** At most this number of empty lines at the end is skipped, because output may consist of them. */
const MOST_EMPTY = 20;

function lastSaid(bytes: Buffer): string {
  let end = bytes.length;
  for (let lines = 0; end > 0 && lines < MOST_EMPTY; lines++) {
    const from = bytes.lastIndexOf(NEWLINE, end - 1) + 1;
    const said = withoutControls(bytes.toString('utf8', from, Math.min(end, from + LONGEST)));
    if (said !== '') return said;
    end = from - 1;
  }
  return '';
}

/** Removes colours and other control sequences. */
function withoutControls(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
}
