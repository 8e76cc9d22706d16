/** Shows a run as plain lines, for files, pipes and terminals that can't redraw lines. */
import type { Event } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { EventLines } from './event-lines.ts';
import type { Renderer, RunView } from './renderer.ts';
import { progressText, wrap } from './text.ts';

/** The progress of a stage is printed at most this often. */
const PROGRESS_MS = 10_000;

export class LineRenderer implements Renderer {
  private readonly host: Host;
  private readonly lines: EventLines;
  private readonly names: RunView['names'];
  private readonly quiet: boolean;
  private readonly printedAt = new Map<string, number>();

  constructor(host: Host, view: RunView, quiet: boolean) {
    this.host = host;
    this.lines = new EventLines(view, host);
    this.names = view.names;
    this.quiet = quiet;
  }

  show(event: Event): void {
    if (event.type === 'stage-progress' && !this.lines.isGrouped(event.stage)) {
      const { stage, progress } = event;
      const now = this.host.now();
      // The first report is not printed, since the stage may be short.
      const printed = this.printedAt.get(stage);
      if (printed === undefined) this.printedAt.set(stage, now);
      if (printed === undefined || now - printed < PROGRESS_MS) return;
      this.printedAt.set(stage, now);
      this.say(`        ${this.names.short(stage)}  ${progressText(progress)}`);
      return;
    }
    for (const line of this.lines.of(event)) {
      if (event.type === 'stage-failed') {
        this.host.stderr.write(`${wrap(line, this.host.columns)}\n`);
      } else this.say(line);
    }
    for (const line of this.lines.progressOf(event, PROGRESS_MS)) this.say(line);
  }

  close(): void {}

  private say(line: string): void {
    if (!this.quiet) this.host.stdout.write(`${line}\n`);
  }
}
