/** Reports a run to its journal, to the progress file for other processes, and to the caller. */
import type { Emit, Event, Origin, RunSelection } from '../execution/event.ts';
import { Journal } from '../execution/journal.ts';
import { ProgressFile } from '../execution/progress-file.ts';
import type { Layout } from '../store/layout.ts';

export interface ReportedRun {
  readonly run: string;
  readonly name?: string;
  readonly selection?: RunSelection;
  readonly origin?: Origin | undefined;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class RunReporter {
  private readonly run: ReportedRun;
  private readonly journal: Journal;
  private readonly progress: ProgressFile;

  constructor(layout: Layout, run: ReportedRun) {
    this.run = run;
    const folder = layout.run(run.run);
    this.journal = new Journal(folder);
    this.progress = new ProgressFile(folder, run.now);
  }

  report(plain: Event): void {
    const { name, selection, origin, emit } = this.run;
    const event: Event =
      plain.type === 'run-started'
        ? {
            ...plain,
            ...(name !== undefined && { name }),
            ...(selection && { selection }),
            ...(origin && { origin }),
          }
        : plain;
    const problem = this.journal.add(event);
    if (problem) emit({ type: 'warning', message: `this run has no journal: ${problem}` });
    this.progress.see(event);
    emit(event);
  }

  close(): void {
    this.journal.close();
    this.progress.close();
  }
}
