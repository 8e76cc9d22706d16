/** Shows a run on a terminal: permanent lines above, a line per running stage below. */
import { duration } from '../../base/units.ts';
import { type Event, TimeLeft } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { EventLines } from './event-lines.ts';
import type { TerminalSize } from './footer.ts';
import type { Renderer, RunView } from './renderer.ts';
import { cut, cutInside, fold, progressText } from './text.ts';
import { columnsOf } from './width.ts';

interface Running {
  /** Milliseconds. */
  readonly since: number;
  fraction: number;
  text: string;
}

export class LiveRenderer implements Renderer {
  private readonly host: Host;
  private readonly view: RunView;
  private readonly lines: EventLines;
  private left: TimeLeft | undefined;
  private readonly running = new Map<string, Running>();
  private done = 0;

  constructor(host: Host, view: RunView) {
    this.host = host;
    this.view = view;
    this.lines = new EventLines(view, host);
  }

  show(event: Event): void {
    const { footer, stdout, columns } = this.host;
    if (event.type === 'stage-started') this.begin();
    this.left?.see(event);
    this.follow(event);
    const last = event.type === 'run-finished';
    if (last) footer.close();
    const lines = this.lines.of(event);
    // The display below shows which stages have started.
    if (event.type === 'stage-started' || lines.length === 0) {
      footer.changed();
      return;
    }
    // Output of stages is cut; the log has all of it. Failures are never cut.
    const fitted = event.type === 'stage-log' ? cut : fold;
    const text = lines.map((line) => `${fitted(line, columns)}\n`).join('');
    if (last || !this.left) stdout.write(text);
    else footer.print(text);
  }

  close(): void {
    this.host.footer.close();
  }

  private begin(): void {
    if (this.left) return;
    const { toRun, past, jobs } = this.view;
    this.left = new TimeLeft(toRun(), past(), jobs, this.host.now);
    this.host.footer.open((size) => this.draw(size));
  }

  private follow(event: Event): void {
    if (event.type === 'stage-started') {
      this.running.set(event.stage, { since: this.host.now(), fraction: 0, text: '' });
    } else if (event.type === 'stage-progress') {
      const running = this.running.get(event.stage);
      if (!running) return;
      running.fraction = event.progress.fraction ?? 0;
      running.text = progressText(event.progress);
    } else if (event.type === 'stage-waiting') {
      const running = this.running.get(event.stage);
      if (running) running.text = 'another process is building it';
    } else if (event.type === 'stage-finished' || event.type === 'stage-failed') {
      this.done++;
      this.running.delete(event.stage);
    } else if (event.type === 'stage-cached') this.running.delete(event.stage);
  }

  private draw({ columns, rows }: TerminalSize): readonly string[] {
    const { run, pending } = this.view.counts;
    const left = this.left?.seconds();
    const soon = left === undefined ? '' : `, ${duration(Math.ceil(left))} left`;
    const total = `${this.done} of ${run + pending} stages${soon}`;
    const stages = [...this.running];
    // One line for the total, one for those that do not fit, and one that stays free.
    const room = Math.max(1, rows - 3);
    const more = stages.length - room;
    return [
      `${bar(this.done / (run + pending), columns)} ${total}`,
      ...stages.slice(0, room).map(([id, running]) => this.lineOf(id, running, columns)),
      ...(more > 0 ? [`and ${more} more running`] : []),
    ];
  }

  /** The name is cut before the progress, unless the progress takes too much of the line. */
  private lineOf(id: string, { since, fraction, text }: Running, columns: number): string {
    const ran = duration(Math.floor((this.host.now() - since) / 1000));
    const start = bar(fraction, columns);
    const room = columns - MARGIN - start.length - 2;
    const shown = cut(text === '' ? ran : text, Math.floor(room * MOST_PROGRESS));
    const name = cutInside(this.view.names.short(id), room - columnsOf(shown));
    return `${start} ${name} ${shown}`;
  }
}

/** Columns that stay free at the end of a line. */
const MARGIN = 3;

const MOST_PROGRESS = 0.6;

const [LEAST, MOST] = [4, 16];

function bar(fraction: number, columns: number): string {
  const length = Math.min(MOST, Math.max(LEAST, Math.floor(columns / 10)));
  const full = Math.floor(Math.min(1, Math.max(0, fraction)) * length);
  return '█'.repeat(full) + '░'.repeat(length - full);
}
