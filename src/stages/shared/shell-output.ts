/** What a command prints: to its log as it comes, and how far it is where a progress bar says so. */
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { OutputLines, type StageContext } from '../../runner/index.ts';

const NEWLINE = Buffer.from('\n');

export class ShellOutput {
  /** The last line that says something, as plain text. */
  lastLine = '';
  private readonly context: Pick<StageContext<unknown>, 'log' | 'progress'>;
  /** The stream whose line has no end yet. */
  private inLine: Readable | undefined;

  constructor(context: Pick<StageContext<unknown>, 'log' | 'progress'>) {
    this.context = context;
  }

  /** The command waits while its output is written: nothing is read ahead of the log. */
  async read(stream: Readable): Promise<void> {
    let told = -1;
    const lines = new OutputLines(
      (bytes) => this.take(bytes, stream),
      (drawn) => {
        const percent = /(\d{1,3}(?:\.\d+)?)%/.exec(drawn);
        const fraction = percent ? Math.min(1, Number(percent[1]) / 100) : told;
        if (fraction !== told) this.context.progress({ fraction });
        told = fraction;
      },
    );
    for await (const chunk of stream) lines.feed(chunk as Buffer);
    lines.end();
  }

  private take(bytes: Buffer, stream: Readable): void {
    // Two streams share one log: the line of one does not go on in that of the other.
    if (this.inLine && this.inLine !== stream) this.context.log(NEWLINE);
    this.inLine = bytes.at(-1) === NEWLINE[0] ? undefined : stream;
    this.context.log(bytes);
    this.lastLine = lastSaid(bytes) || this.lastLine;
  }
}

/** More than anybody reads as the reason of a failure. */
const LONGEST = 4096;

/** So many empty lines at the end are passed over, and no more: output may consist of them. */
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

/** Without colours and other control sequences. */
function withoutControls(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
}
