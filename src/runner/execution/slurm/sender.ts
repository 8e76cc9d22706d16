/** Sends the orders in the outbox, many in one submission. */
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fail } from '../../../base/result.ts';
import { isSystemError } from '../../../base/system-error.ts';
import type { Layout } from '../../store/layout.ts';
import { type Failure, storeFailure } from '../failure.ts';
import type { Profile } from '../profile.ts';
import { jobEnvironment } from './environment.ts';
import {
  ordersPath,
  removeSubmission,
  type StoredSubmission,
  submissionIn,
  writeSubmission,
} from './order-files.ts';
import type { OtherRuns } from './other-runs.ts';
import type { Batch, Outbox } from './outbox.ts';
import type { Pace } from './pace.ts';
import type { Refusal, Slurm } from './slurm.ts';
import { argumentsOf, type NodeProgram, profileText, type Submission, scriptOf } from './submit.ts';
import { Task, type Ticket } from './task.ts';
import type { Watch } from './watch.ts';
import { noCommand } from './why-no-cluster.ts';

export interface SenderOptions {
  readonly run: string;
  readonly layout: Layout;
  /** The folder of the pipeline. */
  readonly root: string;
  readonly profile: Profile;
  readonly program: NodeProgram;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly slurm: Slurm;
  readonly pace: Pace;
  readonly outbox: Outbox;
  readonly otherRuns: OtherRuns;
  readonly watch: Watch;
  /** A folder for what the jobs print. */
  readonly logs: string;
  readonly onBug: (problem: unknown) => void;
}

export class Sender {
  private readonly options: SenderOptions;
  private readonly submissions: StoredSubmission[] = [];
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private isSending = false;
  /** Something has changed since the last orders were taken. */
  private isWanted = false;
  private sent = Number.NEGATIVE_INFINITY;

  constructor(options: SenderOptions) {
    this.options = options;
  }

  /** Sends what there is room for, after a short wait for more. */
  sendSoon(): void {
    this.isWanted = true;
    const { outbox, pace } = this.options;
    if (this.timer || this.isSending || this.stopping.signal.aborted || outbox.size === 0) return;
    const wait = Math.max(pace.collect, this.sent + pace.betweenSubmissions - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.sending = this.send();
    }, wait);
  }

  /** Sends nothing more. Resolves when a submission that has begun is over. */
  stop(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort();
    return this.sending;
  }

  /** Removes the files of the jobs, which must have ended, and of other runs that have ended. */
  removeFiles(): void {
    for (const one of this.submissions) removeSubmission(this.options.layout, one);
    this.options.otherRuns.removeEnded();
  }

  private async send(): Promise<void> {
    const { outbox, otherRuns, watch, onBug } = this.options;
    this.isSending = true;
    this.isWanted = false;
    try {
      await otherRuns.find(this.stopping.signal);
      await otherRuns.cancelOutdated(outbox.all(), this.stopping.signal);
      for (const ticket of outbox.all()) {
        const task = otherRuns.adopt(ticket);
        if (task && outbox.remove(ticket)) watch.add(task);
      }
      const { tasks, running } = watch;
      const batches = outbox.take({ out: tasks.size, running });
      for (const batch of batches) {
        if (this.stopping.signal.aborted) break;
        await this.submit(batch);
      }
    } catch (problem) {
      onBug(problem);
    } finally {
      this.isSending = false;
      this.sent = performance.now();
    }
    // Otherwise there is no room, and a task that begins or ends makes some.
    if (this.isWanted || watch.tasks.size === 0) this.sendSoon();
  }

  private async submit({ bundles, wants, seconds }: Batch): Promise<void> {
    const { run, layout, root, profile, program, environment, slurm, watch, logs } = this.options;
    const stored = submissionIn(layout, run, this.submissions.length);
    const submission: Submission = {
      token: stored.token,
      tasks: bundles.length,
      wants,
      ...(seconds !== undefined && { seconds }),
      orders: ordersPath(stored),
      logs,
      root,
      program,
    };
    const tickets = bundles.flat();
    this.submissions.push(stored);
    try {
      mkdirSync(logs, { recursive: true });
      this.write(stored, bundles);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      for (const ticket of tickets) ticket.settle(fail(storeFailure(problem)));
      return;
    }
    const { passEnv } = tickets[0]!.order.stage.commandOptions;
    const submitted = {
      token: stored.token,
      args: argumentsOf(submission, profile),
      script: scriptOf(submission, profile),
      environment: jobEnvironment(environment, passEnv),
    };
    const result = await slurm.submit(submitted, this.stopping.signal);
    if (result.ok) {
      for (const [index, bundle] of bundles.entries()) {
        const task = new Task(stored, index, false);
        for (const [at, ticket] of bundle.entries()) task.tickets.set(at, ticket);
        watch.add(task);
      }
    } else if (result.error.kind !== 'stopped') {
      removeSubmission(layout, stored);
      const failure = refusedBy(result.error);
      for (const ticket of tickets) ticket.settle(fail(failure));
    }
  }

  /** Before the jobs are submitted, so that they are found even if this process ends now. */
  private write(stored: StoredSubmission, bundles: readonly (readonly Ticket[])[]): void {
    const { run, layout, root, program, profile } = this.options;
    const { entry, worker } = program;
    writeSubmission(
      stored,
      {
        record: 'orders/1',
        run,
        artifacts: layout.root,
        root,
        entry: basename(entry),
        worker,
        profile: profileText(profile),
      },
      bundles.map((bundle) => bundle.map(({ order }) => order)),
    );
  }
}

function refusedBy({ kind, message }: Exclude<Refusal, { kind: 'stopped' }>): Failure {
  if (kind === 'refused') {
    return {
      kind: 'rejected',
      message: `Slurm refused its job: ${message}`,
      advice: 'check the profile and the "resources" of the stage',
    };
  }
  return { kind: 'rejected', ...noCommand('sbatch') };
}
