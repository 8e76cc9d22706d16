/**
 * Reports results when they are on the disk, because the run may end before the bundle does. Stages of a
 * moment are flushed and reported together, at most twice a second: flushing each of them takes longer than
 * building it.
 */
import { fail } from '../../../base/result.ts';
import { isSystemError } from '../../../base/system-error.ts';
import { storeFailure } from '../failure.ts';
import { EVERY_MS, type OrderEnd, type TaskLogWriter } from './task-log.ts';

export class FlushedEnds {
  private readonly log: Pick<TaskLogWriter, 'add'>;
  private readonly flush: () => void;
  private waiting: { readonly at: number; readonly end: OrderEnd }[] = [];
  private reported = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /** `flush` flushes all results, and throws if the disk refuses any of them. */
  constructor(log: Pick<TaskLogWriter, 'add'>, flush: () => void) {
    this.log = log;
    this.flush = flush;
  }

  add(at: number, end: OrderEnd): void {
    this.waiting.push({ at, end });
    const ms = this.reported + EVERY_MS - performance.now();
    if (ms <= 0) this.report();
    else this.timer ??= setTimeout(() => this.report(), ms);
  }

  /** Reports all results now. */
  report(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const ends = this.waiting;
    if (ends.length === 0) return;
    this.waiting = [];
    const refusal = this.refusal();
    for (const { at, end } of ends) {
      this.log.add({ kind: 'end', at, ...(refusal && end.result.ok ? refusal : end) });
    }
    this.reported = performance.now();
  }

  /** It is not known which of the results the disk has refused. */
  private refusal(): OrderEnd | undefined {
    try {
      this.flush();
      return undefined;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return { result: fail(storeFailure(problem)) };
    }
  }
}
