/**
 * Builds stages as jobs of Slurm. An order waits in the outbox, is sent in a task, and ends with the
 * report of the node. The node commits the result, so it is kept even if this process ends.
 */

import { join } from 'node:path';
import { isStop } from '../../../base/is-stop.ts';
import { fail, type Result } from '../../../base/result.ts';
import { isSystemError, unlessRefused } from '../../../base/system-error.ts';
import { counted } from '../../../base/units.ts';
import type { Cache } from '../../cache/cache.ts';
import type { StageId } from '../../graph/pipeline.ts';
import { liveHeadIds } from '../../store/live-run.ts';
import { activeHolder } from '../../store/liveness.ts';
import type { Emit } from '../event.ts';
import { type Failure, storeFailure } from '../failure.ts';
import type { Order } from '../order.ts';
import { pause } from '../timer.ts';
import type { Built, Supervisor, Workplace } from '../workplace.ts';
import { afterLoss } from './again.ts';
import type { Cause } from './job-end.ts';
import { OtherRuns } from './other-runs.ts';
import { Outbox } from './outbox.ts';
import { isOfRun } from './queue.ts';
import { Sender, type SenderOptions } from './sender.ts';
import type { Task, Ticket } from './task.ts';
import { Watch } from './watch.ts';

export interface SlurmOptions
  extends Omit<SenderOptions, 'outbox' | 'otherRuns' | 'watch' | 'logs' | 'onBug'> {
  readonly cache: Cache;
  /** The durations of stages in the past, in seconds. */
  readonly past: ReadonlyMap<StageId, number>;
  readonly emit: Emit;
  /** Resolves when the run is registered in the store. */
  readonly registered: () => Promise<unknown>;
  /** Aborted by a second Ctrl-C, which cancels the jobs. */
  readonly cancel?: AbortSignal | undefined;
}

export class SlurmWorkplace implements Workplace {
  private readonly options: SlurmOptions;
  private readonly outbox: Outbox;
  private readonly watch: Watch;
  private readonly sender: Sender;
  /** Orders without a result. */
  private readonly open = new Set<Ticket>();
  private isHalted = false;
  private isLeft = false;

  constructor(options: SlurmOptions) {
    const { run, layout, profile, past, slurm, pace, cancel } = options;
    const isHeld = (key: Order['key']): boolean => activeHolder(layout.lock(key)) !== undefined;
    // A lock that can't be read may be held, so the job is not lost yet.
    const mayBeHeld = (key: Order['key']): boolean => unlessRefused(() => isHeld(key)) ?? true;
    const logs = (of: string): string => join(layout.run(of), 'slurm');
    const onBug = (problem: unknown): void => this.rejectAll(problem);
    this.options = options;
    this.outbox = new Outbox(profile, past);
    this.watch = new Watch({
      slurm,
      pace,
      clock: () => performance.now(),
      logs,
      isHeld: mayBeHeld,
      onLost: (ticket, cause, task) => this.onLost(ticket, cause, task),
      onChange: () => this.sender.sendSoon(),
      onBug,
    });
    this.sender = new Sender({
      ...options,
      outbox: this.outbox,
      otherRuns: new OtherRuns(options, isHeld),
      watch: this.watch,
      logs: logs(run),
      onBug,
    });
    cancel?.addEventListener('abort', () => this.cancelAll(), { once: true });
  }

  async build(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>> {
    const { cache, registered } = this.options;
    const { signal, halting } = supervisor;
    try {
      await registered();
      signal.throwIfAborted();
      // A node has only the local store.
      await cache.fetch(Object.values(order.fingerprint.inputs).flat(), signal);
      signal.throwIfAborted();
      if (halting?.aborted) return STOPPED;
    } catch (problem) {
      if (isStop(problem, signal)) return STOPPED;
      if (isSystemError(problem)) return fail(storeFailure(problem));
      throw problem;
    }
    signal.addEventListener('abort', () => void this.leave(), { once: true });
    // Ctrl-C aborts both.
    const halt = (): unknown => (signal.aborted ? this.leave() : this.halt());
    halting?.addEventListener('abort', () => void halt(), { once: true });
    return new Promise((resolve, reject) => {
      const settle: Ticket['settle'] = (result) => {
        this.open.delete(ticket);
        if (result.ok && result.value.executed) this.noteBuilt(order, result.value);
        resolve(result);
      };
      const ticket: Ticket = { order, supervisor, settle, reject, again: new Map(), grown: {} };
      this.open.add(ticket);
      this.outbox.add(ticket);
      this.sender.sendSoon();
    });
  }

  /** The nodes have flushed their results. */
  flush(): void {}

  close(): void {
    const { run, slurm } = this.options;
    this.watch.close();
    void this.sender.stop();
    // Jobs that continue need their files.
    if (this.isLeft) return;
    this.sender.removeFiles();
    if (this.watch.sawFault) slurm.cancelNow((name) => isOfRun(name, run));
  }

  /** A node has no remote cache, and needs no credentials for one. */
  private noteBuilt({ key, forced, stage }: Order, { seconds }: Built): void {
    this.options.cache.publishedElsewhere?.(key, { replace: forced });
    if (seconds !== undefined) this.outbox.learn(stage.id, seconds);
  }

  /** The job of an order ended without a result. The order is sent again, or fails. */
  private onLost(ticket: Ticket, cause: Cause, task: Task): void {
    const failure = afterLoss(ticket, cause, task);
    if (failure) ticket.settle(fail(failure));
    else if (this.isHalted) ticket.settle(STOPPED);
    else this.outbox.add(ticket);
  }

  private rejectAll(problem: unknown): void {
    for (const ticket of this.open) ticket.reject(problem);
  }

  /** Another stage has failed. Jobs that have not begun are cancelled, and the others go on. */
  private async halt(): Promise<void> {
    if (this.isHalted || this.isLeft) return;
    this.isHalted = true;
    this.stopWaiting();
    await this.sender.stop();
    this.stopUnsent();
    const waiting = [...this.watch.tasks].filter(
      ({ begunAt, isForeign }) => begunAt === undefined && !isForeign,
    );
    for (const task of waiting) this.watch.drop(task, (ticket) => ticket.settle(STOPPED));
    const names = new Set(waiting.map(({ name }) => name));
    if (names.size > 0) await this.options.slurm.cancel((name) => names.has(name));
  }

  /** After the first Ctrl-C: the jobs continue, and the run ends. */
  private async leave(): Promise<void> {
    if (this.isLeft) return;
    this.isLeft = true;
    const { emit, pace, cancel } = this.options;
    this.stopWaiting();
    // Jobs that are being submitted count too, unless Slurm does not answer.
    const submitted = this.sender.stop();
    await Promise.race([submitted, pause(pace.linger, cancel ?? NEVER)]);
    const out = this.watch.tasks.size;
    if (out > 0) {
      const jobs = counted(out, 'job continues', 'jobs continue');
      const message = `${jobs} at Slurm, and the next "pipeline run" takes over; press Ctrl-C again within ${pace.linger / 1000} s to cancel`;
      emit({ type: 'warning', message });
      await pause(pace.linger, cancel ?? NEVER);
    }
    this.watch.close();
    for (const ticket of this.open) ticket.settle(STOPPED);
  }

  private stopWaiting(): void {
    for (const ticket of this.outbox.all()) {
      this.outbox.remove(ticket);
      ticket.settle(STOPPED);
    }
  }

  /** Orders of submissions that were not made. */
  private stopUnsent(): void {
    const sent = new Set([...this.watch.tasks].flatMap(({ tickets }) => [...tickets.values()]));
    for (const ticket of this.open) if (!sent.has(ticket)) ticket.settle(STOPPED);
  }

  /** The jobs of this run may include some whose submission has no answer yet. */
  private cancelAll(): void {
    const { run, slurm, layout, emit } = this.options;
    const heads = unlessRefused(() => liveHeadIds(layout));
    // A run that is alive needs its own jobs.
    const adopted = [...this.watch.tasks].filter(
      ({ isForeign, stored }) => isForeign && heads?.has(stored.run) === false,
    );
    const names = new Set(adopted.map(({ name }) => name));
    const cancelled = slurm.cancelNow((name) => names.has(name) || isOfRun(name, run));
    emit({ type: 'warning', message: cancelledWords(cancelled) });
  }
}

function cancelledWords(cancelled: Result<number, string>): string {
  return cancelled.ok
    ? `${counted(cancelled.value, 'job was', 'jobs were')} cancelled`
    : `the jobs were not cancelled: ${cancelled.error}; "squeue --me" lists those that are left, and scancel cancels them`;
}

const STOPPED = fail({ kind: 'stopped' } as const);
const NEVER = new AbortController().signal;
