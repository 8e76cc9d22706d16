/** Shows a run on a terminal: permanent lines above, a bar per running stage below. */

import type { MultiBar, SingleBar } from 'cli-progress';
import { duration } from '../../base/units.ts';
import { type Event, TimeLeft } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { EventLines } from './event-lines.ts';
import type { Renderer, RunView } from './renderer.ts';
import { cut, fold, progressText } from './text.ts';
import { columnsOf } from './width.ts';

export class LiveRenderer implements Renderer {
  private readonly host: Host;
  private readonly view: RunView;
  private readonly lines: EventLines;
  private left: TimeLeft | undefined;
  private bars: MultiBar | undefined;
  private total: SingleBar | undefined;
  private readonly running = new Map<string, SingleBar>();
  /** Events are queued while the display is loaded; undefined after that. */
  private waiting: Event[] | undefined;
  private done = 0;

  constructor(host: Host, view: RunView) {
    this.host = host;
    this.view = view;
    this.lines = new EventLines(view, host);
  }

  show(event: Event): void {
    if (event.type === 'stage-started' && !this.bars && !this.waiting) this.load();
    this.left?.see(event);
    if (this.waiting) this.waiting.push(event);
    else this.draw(event);
  }

  close(): void {
    // If a run ends before the display is loaded, its events are printed as lines.
    for (const event of this.waiting ?? []) this.draw(event);
    this.waiting = undefined;
    this.bars?.stop();
  }

  /** cli-progress is loaded when the first stage starts. */
  private load(): void {
    const { toRun, past, jobs } = this.view;
    this.left = new TimeLeft(toRun(), past(), jobs, this.host.now);
    this.waiting = [];
    void import('./cli-progress.ts').then(({ MultiBar, Presets }) => {
      if (!this.waiting) return;
      this.bars = new MultiBar(
        {
          stream: this.host.stderr as NodeJS.WriteStream,
          format: '{bar} {text}',
          barsize: 16,
          clearOnComplete: true,
          hideCursor: true,
          linewrap: false,
          fps: 8,
          gracefulExit: false,
          // Lines that are printed above the bars erase them, so the bars are redrawn even if unchanged.
          forceRedraw: true,
        },
        Presets.shades_classic,
      );
      const { run, pending } = this.view.counts;
      this.total = this.bars.create(run + pending, this.done, { text: this.totalText() });
      const waiting = this.waiting;
      this.waiting = undefined;
      for (const event of waiting) this.draw(event);
    });
  }

  private draw(event: Event): void {
    const last = event.type === 'run-finished';
    if (last) this.stop();
    if (event.type === 'stage-finished' || event.type === 'stage-failed') this.end(event.stage);
    for (const line of this.lines.of(event)) {
      if (event.type === 'stage-started') continue;
      if (this.bars && !last) this.bars.log(`${cleared(this.fitting(line, event))}\n`);
      else this.host.stdout.write(`${line}\n`);
    }
    if (event.type === 'stage-started') {
      const text = cut(event.stage, this.host.columns - 20);
      const bar = this.bars?.create(1, 0, { text });
      if (bar) this.running.set(event.stage, bar);
    }
    if (event.type === 'stage-progress') {
      const { stage, progress } = event;
      const shown = progressText(progress);
      const name = cut(stage, Math.max(10, this.host.columns - 20 - columnsOf(shown)));
      const text = cut(`${name} ${shown}`, this.host.columns - 18);
      this.running.get(stage)?.update(progress.fraction ?? 0, { text });
      this.total?.update(this.done, { text: this.totalText() });
    }
  }

  /** Output of stages is cut; the log has all of it. Failures are never cut. */
  private fitting(line: string, event: Event): string {
    const width = this.host.columns - 1;
    // The terminal does not wrap lines while bars are drawn.
    return event.type === 'stage-log' ? cut(line, width) : fold(line, width);
  }

  private end(stage: string): void {
    this.done++;
    this.total?.update(this.done, { text: this.totalText() });
    const bar = this.running.get(stage);
    if (bar) this.bars?.remove(bar);
    this.running.delete(stage);
  }

  private stop(): void {
    // Lines are printed by the next update, and `stop` does not update. The types lack this method.
    (this.bars as { update(): void } | undefined)?.update();
    this.bars?.stop();
    this.bars = undefined;
  }

  private totalText(): string {
    const { run, pending } = this.view.counts;
    const left = this.left?.seconds();
    const soon = left === undefined ? '' : `, ${duration(Math.ceil(left))} left`;
    return `${this.done} of ${run + pending} stages${soon}`;
  }
}

/** cli-progress clears only the first line of a printed text. */
function cleared(text: string): string {
  return text.replace(/^/gm, CLEAR);
}

const CLEAR = '\x1b[K';
