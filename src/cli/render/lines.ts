/** A run as plain lines, for files, pipes and terminals that can't redraw. */
import type { Event } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { EventLines } from './event-lines.ts';
import type { Renderer, RunView } from './renderer.ts';
import { progressText, wrap } from './text.ts';

/** Progress of one stage is told at most this often. */
const PROGRESS_MS = 10_000;

export class LineRenderer implements Renderer {
  private readonly host: Host;
  private readonly lines: EventLines;
  private readonly quiet: boolean;
  private readonly toldAt = new Map<string, number>();

  constructor(host: Host, view: RunView, quiet: boolean) {
    this.host = host;
    this.lines = new EventLines(view, host);
    this.quiet = quiet;
  }

  show(event: Event): void {
    if (event.type === 'stage-progress') {
      const { stage, progress } = event;
      const now = this.host.now();
      // The first report of a short stage is worth no line either.
      const told = this.toldAt.get(stage);
      if (told === undefined) this.toldAt.set(stage, now);
      if (told === undefined || now - told < PROGRESS_MS) return;
      this.toldAt.set(stage, now);
      this.say(`        ${stage}  ${progressText(progress)}`);
      return;
    }
    for (const line of this.lines.of(event)) {
      if (event.type === 'stage-failed') {
        this.host.stderr.write(`${wrap(line, this.host.columns)}\n`);
      } else this.say(line);
    }
  }

  close(): void {}

  private say(line: string): void {
    if (!this.quiet) this.host.stdout.write(`${line}\n`);
  }
}
