/** What a run tells: to its journal, and to whoever asked for the run. */
import type { Emit, Event, RunSelection } from '../execution/event.ts';
import { Journal } from '../execution/journal.ts';
import type { Layout } from '../store/layout.ts';

export interface Asked {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
  readonly emit: Emit;
}

export class Telling {
  private readonly asked: Asked;
  private readonly journal: Journal;

  constructor(layout: Layout, asked: Asked) {
    this.asked = asked;
    this.journal = new Journal(layout.run(asked.run));
  }

  tell(plain: Event): void {
    const { name, selection, emit } = this.asked;
    const more = { ...(name !== undefined && { name }), ...(selection && { selection }) };
    const event = plain.type === 'run-started' ? { ...plain, ...more } : plain;
    const problem = this.journal.add(event);
    if (problem) emit({ type: 'warning', message: `this run has no journal: ${problem}` });
    emit(event);
  }

  /** Events of stages that were up to date, a line each: for the journal alone. */
  noteLines(lines: string): void {
    this.journal.addLines(lines);
  }

  close(): void {
    this.journal.close();
  }
}
