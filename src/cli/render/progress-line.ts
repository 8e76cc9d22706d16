/** One line that tells how far something is, on a terminal only; gone when it is over. */
import { byteSize } from '../../base/units.ts';
import type { Host } from '../host.ts';
import { cut } from './text.ts';

const REDRAW_MS = 100;

export class ProgressLine {
  private readonly host: Host;
  private readonly what: string;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private drawn = false;

  constructor(host: Host, what: string) {
    this.host = host;
    this.what = what;
  }

  show(bytesDone: number, bytesInAll: number): void {
    const now = this.host.now();
    if (!this.host.interactive || now - this.drawnAt < REDRAW_MS) return;
    this.drawnAt = now;
    this.drawn = true;
    const percent = bytesInAll === 0 ? 100 : Math.floor((100 * bytesDone) / bytesInAll);
    const text = `${this.what}  ${percent}%  ${byteSize(bytesDone)} of ${byteSize(bytesInAll)}`;
    this.host.stderr.write(`\r\x1b[K${cut(text, this.host.columns - 1)}`);
  }

  close(): void {
    if (this.drawn) this.host.stderr.write('\r\x1b[K');
    this.drawn = false;
  }
}
