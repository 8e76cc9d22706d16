/** What the nodes of a cluster report about a run, for those who only watch it. */
import type { Layout } from '../../store/layout.ts';
import { taskPathsOf } from './order-files.ts';
import { type TaskLine, TaskLogReader } from './task-log.ts';

export class NodeReports {
  private readonly layout: Layout;
  private readonly run: string;
  private readonly readers = new Map<string, TaskLogReader>();

  constructor(layout: Layout, run: string) {
    this.layout = layout;
    this.run = run;
  }

  /** The lines since the last call, by task. */
  read(): readonly (readonly TaskLine[])[] {
    return taskPathsOf(this.layout, this.run).map((path) => {
      const reader = this.readers.get(path) ?? new TaskLogReader(path);
      this.readers.set(path, reader);
      return reader.read();
    });
  }
}
