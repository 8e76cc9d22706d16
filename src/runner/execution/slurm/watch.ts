/**
 * Watches the tasks that are out. Results come from the files that the jobs write. Slurm is asked
 * only whether a job is still there, with one question for all jobs.
 */
import { fail } from '../../../base/result.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import { type Cause, verdictOf } from './job-end.ts';
import { lastPrinted } from './job-output.ts';
import { LOOK_MS, type Pace } from './pace.ts';
import { isHeldAfterLaunch, isOut, type Queue, waitsAfterRequeue } from './queue.ts';
import { RunningJobs } from './running-jobs.ts';
import type { Slurm } from './slurm.ts';
import { adapted, type Task, type Ticket } from './task.ts';
import type { TaskLine } from './task-log.ts';
import { WaitReasons } from './wait-reasons.ts';

export interface WatchOptions {
  readonly slurm: Slurm;
  readonly pace: Pace;
  /** Milliseconds of a clock that does not jump. */
  readonly clock: () => number;
  /** The folder for what the jobs of a run print. */
  readonly logs: (run: string) => string;
  /** Whether a process holds the lock of the key, or may hold it. */
  readonly isHeld: (key: StageKey) => boolean;
  /** The job ended without a result of this order. */
  readonly onLost: (ticket: Ticket, cause: Cause, task: Task) => void;
  /** A task has ended, or its job has begun, so there may be room for other jobs. */
  readonly onChange: () => void;
  readonly onBug: (problem: unknown) => void;
}

export class Watch {
  readonly tasks = new Set<Task>();
  readonly running: RunningJobs;
  /** A job was requeued, or Slurm did not answer. Then jobs may be left that have nothing to do. */
  sawFault = false;
  private readonly options: WatchOptions;
  private readonly reasons: WaitReasons;
  private lookTimer: NodeJS.Timeout | undefined;
  private askTimer: NodeJS.Timeout | undefined;
  private lookWait: number;
  private askWait: number;
  /** When Slurm is asked next. */
  private askAt = 0;
  private newsAt = 0;
  private asking = false;
  private closed = false;

  constructor(options: WatchOptions) {
    this.options = options;
    this.reasons = new WaitReasons(options.slurm);
    this.running = new RunningJobs(options.pace.short);
    [this.lookWait] = options.pace.look;
    [this.askWait] = options.pace.ask;
  }

  add(task: Task): void {
    this.tasks.add(task);
    this.noteNews();
    this.lookSoon();
  }

  /** Does not wait for its results any more. */
  drop(task: Task, each: (ticket: Ticket) => void): void {
    for (const ticket of task.tickets.values()) each(ticket);
    task.tickets.clear();
    this.tasks.delete(task);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.lookTimer);
    clearTimeout(this.askTimer);
  }

  private noteNews(): void {
    this.newsAt = this.options.clock();
    [this.lookWait] = this.options.pace.look;
    [this.askWait] = this.options.pace.ask;
    this.askSoon();
  }

  private lookSoon(): void {
    if (this.closed || this.lookTimer || this.tasks.size === 0) return;
    const wait = Math.max(this.lookWait, this.tasks.size * LOOK_MS);
    this.lookTimer = setTimeout(() => {
      this.lookTimer = undefined;
      this.lookWait = Math.min(this.lookWait * 1.5, this.options.pace.look[1]);
      this.guarded(() => this.look());
      this.lookSoon();
    }, wait);
  }

  private look(): void {
    let changed = false;
    for (const task of this.tasks) {
      const lines = task.reader.read();
      if (lines.length === 0) continue;
      this.noteNews();
      changed = this.take(task, lines) || changed;
    }
    changed = this.running.update(this.tasks, this.options.clock()) || changed;
    if (changed) this.options.onChange();
  }

  /** Whether the task ended or began. */
  private take(task: Task, lines: readonly TaskLine[]): boolean {
    const before = task.begunAt;
    for (const line of lines) this.takeLine(task, line);
    return this.dropIfDone(task) || before !== task.begunAt;
  }

  private takeLine(task: Task, line: TaskLine): void {
    switch (line.kind) {
      case 'begin':
        task.begunAt = this.options.clock();
        task.left = undefined;
        task.missingSince = undefined;
        break;
      case 'event': {
        const ticket = task.tickets.get(line.at);
        ticket?.supervisor.report(adapted(line.event, ticket, task.stored.run));
        break;
      }
      case 'end':
        this.takeEnd(task, line);
        break;
      case 'refused': {
        const { message, advice } = line;
        this.endAll(task, { kind: 'rejected', message, advice });
        break;
      }
      default:
        // A newer version of the program may write other lines.
        line satisfies never;
    }
  }

  private takeEnd(task: Task, { at, result, progressed }: TaskLine & { kind: 'end' }): void {
    const ticket = task.tickets.get(at);
    if (!ticket) return;
    if (result.ok) {
      task.tickets.delete(at);
      ticket.settle(result);
    } else if (result.error.kind === 'stopped') {
      // The state of the job says whether Slurm starts it again.
      task.left = { progressed: progressed ?? false };
    } else {
      task.tickets.delete(at);
      if (result.error.kind === 'out-of-memory') this.options.onLost(ticket, result.error, task);
      else ticket.settle(fail(result.error));
    }
  }

  private askSoon(): void {
    if (this.closed || this.asking || this.tasks.size === 0) return;
    const at = this.options.clock() + this.askWait;
    // After news, a long wait that has begun becomes shorter.
    if (this.askTimer && this.askAt <= at) return;
    clearTimeout(this.askTimer);
    this.askAt = at;
    this.askTimer = setTimeout(() => {
      this.askTimer = undefined;
      void this.ask();
    }, this.askWait);
  }

  private async ask(): Promise<void> {
    const { slurm, pace, clock, onBug } = this.options;
    this.asking = true;
    try {
      const queue = await slurm.queue();
      if (this.closed) return;
      if (queue.ok) await this.compare(queue.value);
      else this.sawFault = true;
    } catch (problem) {
      onBug(problem);
    } finally {
      this.asking = false;
    }
    const isQuiet = clock() - this.newsAt > pace.news;
    this.askWait = isQuiet ? Math.min(2 * this.askWait, pace.ask[1]) : pace.ask[0];
    this.askSoon();
  }

  private async compare(queue: Queue): Promise<void> {
    const { slurm, pace, clock, isHeld, logs, onChange } = this.options;
    let changed = false;
    for (const task of this.tasks) {
      if (this.closed) return;
      task.jobs = queue.get(task.name) ?? [];
      if (task.jobs.length > 0) task.missingSince = undefined;
      else task.missingSince ??= clock();
      const [job] = task.jobs.filter(isOut);
      if (job && waitsAfterRequeue(job)) await slurm.startNow(job.id);
      if (job && isHeldAfterLaunch(job)) await slurm.release(job.id);
      this.sawFault ||= job !== undefined && (waitsAfterRequeue(job) || isHeldAfterLaunch(job));
      if (job) this.reasons.show(task, job);
      // The job may have written since the last look.
      changed = this.take(task, task.reader.read()) || changed;
      const current = task.current;
      if (!current) continue;
      const { missingSince } = task;
      const verdict = verdictOf({
        jobs: task.jobs,
        missing: missingSince !== undefined && clock() - missingSince >= pace.missing,
        begun: task.begunAt !== undefined,
        left: task.left,
        isHeld: () => isHeld(current[1].order.key),
        printed: () => lastPrinted(logs(task.stored.run), task.jobs),
      });
      if (verdict.kind === 'wait') continue;
      changed = true;
      this.end(task, verdict.cause, verdict.whole);
    }
    await this.reasons.nameNodes(() => this.closed);
    if (changed) this.noteNews();
    if (changed) onChange();
  }

  private end(task: Task, cause: Cause, whole: boolean): void {
    if (!whole) {
      const [at, ticket] = task.current!;
      task.tickets.delete(at);
      this.options.onLost(ticket, cause, task);
    }
    this.endAll(task, whole ? cause : { kind: 'unstarted' });
  }

  private endAll(task: Task, cause: Cause): void {
    this.drop(task, (ticket) => this.options.onLost(ticket, cause, task));
  }

  private dropIfDone(task: Task): boolean {
    return task.tickets.size === 0 && this.tasks.delete(task);
  }

  private guarded(act: () => void): void {
    try {
      act();
    } catch (problem) {
      this.options.onBug(problem);
    }
  }
}
