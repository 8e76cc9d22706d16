/** What the nodes of a cluster report about a run, for those who only watch it. */
import type { Layout } from '../../store/layout.ts';
import { taskPathsOf } from './order-files.ts';
import { type TaskLine, TaskLogReader } from './task-log.ts';

export interface TaskReport {
  /** The path of its file. */
  readonly task: string;
  readonly lines: readonly TaskLine[];
}

export class NodeReports {
  private readonly layout: Layout;
  private readonly run: string;
  private readonly readers = new Map<string, TaskLogReader>();

  constructor(layout: Layout, run: string) {
    this.layout = layout;
    this.run = run;
  }

  /** The lines since the last call, by task. */
  read(): readonly TaskReport[] {
    return taskPathsOf(this.layout, this.run).map((task) => {
      const reader = this.readers.get(task) ?? new TaskLogReader(task);
      this.readers.set(task, reader);
      return { task, lines: reader.read() };
    });
  }
}
