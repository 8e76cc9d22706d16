/**
 * Builds stages as jobs of Slurm. An order waits in the outbox, is out in a task, and ends with what
 * the node reports. The node commits the result, so it is kept even if this process ends.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, type Result } from '../../../base/result.ts';
import { isSystemError } from '../../../base/system-error.ts';
import { counted } from '../../../base/units.ts';
import type { Cache } from '../../cache/cache.ts';
import type { StageId } from '../../graph/pipeline.ts';
import type { Layout } from '../../store/layout.ts';
import { activeHolder } from '../../store/liveness.ts';
import type { Emit } from '../event.ts';
import { type Failure, storeFailure } from '../failure.ts';
import type { Order } from '../order.ts';
import type { Profile } from '../profile.ts';
import { isStop } from '../stops.ts';
import { pause } from '../timer.ts';
import type { Built, Supervisor, Workplace } from '../workplace.ts';
import { afterLoss } from './again.ts';
import { jobEnvironment } from './environment.ts';
import type { Cause } from './job-end.ts';
import { ordersPath, removeSubmission, submissionIn, writeSubmission } from './order-files.ts';
import { OutThere } from './out-there.ts';
import { type Load, Outbox } from './outbox.ts';
import type { Pace } from './pace.ts';
import type { Slurm } from './slurm.ts';
import { argumentsOf, type NodeProgram, scriptOf } from './submit.ts';
import { Task, type Ticket } from './task.ts';
import { Watch } from './watch.ts';

export interface SlurmOptions {
  readonly run: string;
  readonly layout: Layout;
  readonly cache: Cache;
  /** The folder of the pipeline. */
  readonly root: string;
  readonly profile: Profile;
  readonly program: NodeProgram;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly past: ReadonlyMap<StageId, number>;
  readonly slurm: Slurm;
  readonly pace: Pace;
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
  private readonly outThere: OutThere;
  private readonly open = new Set<Ticket>();
  private readonly submissions: Parameters<typeof removeSubmission>[1][] = [];
  private readonly stopSending = new AbortController();
  private sendTimer: NodeJS.Timeout | undefined;
  private sending = false;
  /** Something has changed since the last orders were taken. */
  private wanted = false;
  private sent = Number.NEGATIVE_INFINITY;
  private leaving: Promise<unknown> | undefined;

  constructor(options: SlurmOptions) {
    const { layout, profile, past, slurm, pace } = options;
    this.options = options;
    this.outbox = new Outbox(profile, past);
    const isHeld = (key: Order['key']): boolean => activeHolder(layout.lock(key)) !== undefined;
    this.watch = new Watch({
      slurm,
      pace,
      clock: () => performance.now(),
      logs: (run) => this.logsOf(run),
      isHeld,
      onLost: (ticket, cause, task) => this.onLost(ticket, cause, task),
      onChange: () => this.sendSoon(),
      onBug: (problem) => this.rejectAll(problem),
    });
    this.outThere = new OutThere(options, isHeld);
    options.cancel?.addEventListener('abort', () => this.cancelAll(), { once: true });
  }

  async build(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>> {
    const { cache, registered } = this.options;
    const { signal } = supervisor;
    try {
      await registered();
      signal.throwIfAborted();
      // A node has only the local store.
      await cache.fetch(Object.values(order.fingerprint.inputs).flat(), signal);
      signal.throwIfAborted();
    } catch (problem) {
      if (isStop(problem, signal)) return fail({ kind: 'stopped' });
      if (isSystemError(problem)) return fail(storeFailure(problem));
      throw problem;
    }
    return new Promise((resolve, reject) => {
      const ticket: Ticket = {
        order,
        supervisor,
        settle: (result) => {
          this.open.delete(ticket);
          if (result.ok && result.value.executed && result.value.seconds !== undefined) {
            this.outbox.learn(order.stage.id, result.value.seconds);
          }
          resolve(result);
        },
        reject,
        again: new Map(),
        grown: {},
      };
      this.open.add(ticket);
      signal.addEventListener('abort', () => void this.leave(), { once: true });
      this.outbox.add(ticket);
      this.sendSoon();
    });
  }

  flush(): void {}

  close(): void {
    this.watch.close();
    clearTimeout(this.sendTimer);
    this.stopSending.abort();
    const { layout } = this.options;
    // The jobs that go on still need their orders.
    if (!this.leaving) for (const one of this.submissions) removeSubmission(layout, one);
  }

  private logsOf(run: string): string {
    return join(this.options.layout.run(run), 'slurm');
  }

  private sendSoon(): void {
    this.wanted = true;
    if (this.sendTimer || this.sending || this.leaving || this.outbox.size === 0) return;
    const { collect, betweenSubmissions } = this.options.pace;
    const wait = Math.max(collect, this.sent + betweenSubmissions - performance.now());
    this.sendTimer = setTimeout(() => {
      this.sendTimer = undefined;
      void this.send();
    }, wait);
  }

  private async send(): Promise<void> {
    this.sending = true;
    this.wanted = false;
    try {
      await this.outThere.find(this.stopSending.signal);
      for (const ticket of this.outbox.all()) {
        const task = this.outThere.adopt(ticket);
        if (task && this.outbox.remove(ticket)) this.watch.add(task);
      }
      const { tasks, running, mostRunning } = this.watch;
      const loads = this.outbox.take({ out: tasks.size, running, mostRunning });
      for (const load of loads) await this.submit(load);
    } catch (problem) {
      this.rejectAll(problem);
    } finally {
      this.sending = false;
      this.sent = performance.now();
    }
    // Otherwise there is no room, and a task that begins or ends makes some.
    if (this.wanted || this.watch.tasks.size === 0) this.sendSoon();
  }

  private async submit(load: Load): Promise<void> {
    const { run, layout, root, profile, program, environment, slurm } = this.options;
    const stored = submissionIn(layout, run, this.submissions.length);
    const { bundles, wants, seconds } = load;
    const tickets = bundles.flat();
    const logs = this.logsOf(run);
    const { entry, worker } = program;
    const site = {
      record: 'orders/1',
      run,
      artifacts: layout.root,
      root,
      entry: nameOf(entry),
      worker,
    } as const;
    try {
      this.submissions.push(stored);
      mkdirSync(logs, { recursive: true });
      writeSubmission(
        stored,
        site,
        bundles.map((bundle) => bundle.map(({ order }) => order)),
      );
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      for (const ticket of tickets) ticket.settle(fail(storeFailure(problem)));
      return;
    }
    const submission = {
      token: stored.token,
      tasks: bundles.length,
      wants,
      ...(seconds !== undefined && { seconds }),
      orders: ordersPath(stored),
      logs,
      root,
      program,
    };
    const result = await slurm.submit(
      {
        token: stored.token,
        args: argumentsOf(submission, profile),
        script: scriptOf(submission, profile),
        environment: jobEnvironment(environment, tickets[0]!.order.stage.commandOptions.passEnv),
      },
      this.stopSending.signal,
    );
    if (result.ok) {
      for (const [index, bundle] of bundles.entries()) {
        const task = new Task(stored, index, false);
        for (const [at, ticket] of bundle.entries()) task.tickets.set(at, ticket);
        this.watch.add(task);
      }
    } else if (result.error.kind !== 'stopped') {
      removeSubmission(layout, stored);
      const { message, kind } = result.error;
      const failure: Failure = {
        kind: 'rejected',
        message: kind === 'absent' ? message : `Slurm refused its job: ${message}`,
        advice:
          kind === 'absent'
            ? 'run this on a machine from which jobs can be submitted, or without a profile'
            : 'check the profile and the "resources" of the stage',
      };
      for (const ticket of tickets) ticket.settle(fail(failure));
    }
  }

  /** Its job ended without a result. The order is sent again, or fails. */
  private onLost(ticket: Ticket, cause: Cause, task: Task): void {
    const failure = afterLoss(ticket, cause, task);
    if (failure) ticket.settle(fail(failure));
    else this.outbox.add(ticket);
  }

  private rejectAll(problem: unknown): void {
    for (const ticket of this.open) ticket.reject(problem);
  }

  /** After the first Ctrl-C: the jobs go on, and everything ends here. */
  private leave(): Promise<unknown> {
    this.leaving ??= this.endHere();
    return this.leaving;
  }

  private async endHere(): Promise<void> {
    const { emit, pace, cancel } = this.options;
    clearTimeout(this.sendTimer);
    this.stopSending.abort();
    for (const ticket of this.outbox.all()) {
      this.outbox.remove(ticket);
      ticket.settle(STOPPED);
    }
    const out = this.watch.tasks.size;
    if (out > 0) {
      const message = `${counted(out, 'job continues', 'jobs continue')} at Slurm; "pipeline run" takes over what is not done by then; press Ctrl-C again within ${pace.linger / 1000} s to cancel`;
      emit({ type: 'warning', message });
      await pause(pace.linger, cancel ?? NEVER);
    }
    this.watch.close();
    for (const ticket of this.open) ticket.settle(STOPPED);
  }

  private cancelAll(): void {
    const names = new Set([...this.watch.tasks].map(({ name }) => name));
    this.options.slurm.cancelNow((name) => names.has(name));
  }
}

const STOPPED = fail({ kind: 'stopped' } as const);
const NEVER = new AbortController().signal;

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
