/** A run on a terminal: lasting lines above, a bar for each running stage below. */

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
  /** Events wait while the display is loading; undefined once it is there. */
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
    // A run can end before the display is loaded: what it said is told as lines.
    for (const event of this.waiting ?? []) this.draw(event);
    this.waiting = undefined;
    this.bars?.stop();
  }

  /** cli-progress is loaded only where something runs. */
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
          // What is printed above the bars wipes them: they are drawn again though they are the same.
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
      const told = progressText(progress);
      const name = cut(stage, Math.max(10, this.host.columns - 20 - columnsOf(told)));
      const text = cut(`${name} ${told}`, this.host.columns - 18);
      this.running.get(stage)?.update(progress.fraction ?? 0, { text });
      this.total?.update(this.done, { text: this.totalText() });
    }
  }

  /** What a stage says may be long and goes into the log whole; what failed is never cut. */
  private fitting(line: string, event: Event): string {
    const width = this.host.columns - 1;
    // While bars are drawn the terminal does not wrap by itself.
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
    // Lines wait for the next drawing, and a stop draws no more. Its type doesn't tell of `update`.
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

/** The bars clear only the first line of the text that is printed over them. */
function cleared(text: string): string {
  return text.replace(/^/gm, CLEAR);
}

const CLEAR = '\x1b[K';
