/** How many jobs run, by which the outbox decides how many more it sends. */
import type { Task } from './task.ts';

export class RunningJobs {
  /** The most that ran in parallel. */
  most = 0;
  /** Those that run for longer than a short stage takes. */
  long = 0;
  private readonly shortMs: number;

  constructor(shortMs: number) {
    this.shortMs = shortMs;
  }

  /** Whether more of them run for long than before. */
  update(tasks: Iterable<Task>, now: number): boolean {
    const begun = [...tasks].flatMap(({ begunAt }) => begunAt ?? []);
    const before = this.long;
    this.most = Math.max(this.most, begun.length);
    this.long = begun.filter((at) => now - at >= this.shortMs).length;
    return this.long > before;
  }
}
