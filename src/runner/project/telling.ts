/** What a run tells: to its journal, to those who look on, and to whoever asked for the run. */
import type { Emit, Event, RunSelection } from '../execution/event.ts';
import { Journal } from '../execution/journal.ts';
import { ProgressFile } from '../execution/progress-file.ts';
import type { Layout } from '../store/layout.ts';

export interface Asked {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class Telling {
  private readonly asked: Asked;
  private readonly journal: Journal;
  private readonly progress: ProgressFile;

  constructor(layout: Layout, asked: Asked) {
    this.asked = asked;
    const folder = layout.run(asked.run);
    this.journal = new Journal(folder);
    this.progress = new ProgressFile(folder, asked.now);
  }

  tell(plain: Event): void {
    const { name, selection, emit } = this.asked;
    const more = { ...(name !== undefined && { name }), ...(selection && { selection }) };
    const event = plain.type === 'run-started' ? { ...plain, ...more } : plain;
    const problem = this.journal.add(event);
    if (problem) emit({ type: 'warning', message: `this run has no journal: ${problem}` });
    this.progress.see(event);
    emit(event);
  }

  /** Events of stages that were up to date, a line each: for the journal alone. */
  noteLines(lines: string): void {
    this.journal.addLines(lines);
  }

  close(): void {
    this.journal.close();
    this.progress.close();
  }
}
