/**
 * The orders that other runs have sent. The process of such a run may have ended, but its jobs go
 * on. This run waits for them and does not submit the same keys.
 *
 * Orders that can't be read are left out. Their keys may be submitted again, but no key is built twice,
 * because the nodes lock it.
 */
import { isDeepStrictEqual } from 'node:util';
import { isSystemError, unlessRefused } from '../../../base/system-error.ts';
import { counted } from '../../../base/units.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import type { Layout } from '../../store/layout.ts';
import { liveHeadIds, liveRunIds } from '../../store/live-run.ts';
import type { Emit } from '../event.ts';
import type { Order } from '../order.ts';
import type { Profile } from '../profile.ts';
import { pause } from '../timer.ts';
import {
  bundlesIn,
  ordersPath,
  readSubmission,
  removeSubmission,
  runsWithOrders,
  type StoredSubmission,
  submissionsOf,
  taskPath,
} from './order-files.ts';
import { submissionOut } from './orders-out.ts';
import type { Pace } from './pace.ts';
import { isOut, isWaiting, type Queue } from './queue.ts';
import type { Slurm } from './slurm.ts';
import { profileText } from './submit.ts';
import { Task, type Ticket } from './task.ts';
import { endedIn } from './task-log.ts';
import { wantsOf } from './wants.ts';
import { absent } from './why-no-cluster.ts';

export interface OtherRunsOptions {
  readonly run: string;
  readonly layout: Layout;
  readonly slurm: Slurm;
  readonly pace: Pace;
  readonly emit: Emit;
  readonly profile: Profile;
}

interface Claim {
  readonly task: Task;
  readonly at: number;
  readonly order: Order;
  readonly profile: string | undefined;
}

export class OtherRuns {
  private readonly options: OtherRunsOptions;
  private readonly isHeld: (key: StageKey) => boolean;
  private readonly seen = new Map<string, StoredSubmission>();
  private readonly claims = new Map<StageKey, Claim>();
  private readonly warned = new Set<string>();

  constructor(options: OtherRunsOptions, isHeld: (key: StageKey) => boolean) {
    this.options = options;
    this.isHeld = isHeld;
  }

  /** Looks for submissions that were made since the last call. */
  async find(signal: AbortSignal): Promise<void> {
    const { layout, run } = this.options;
    const runs = this.readable(() => runsWithOrders(layout)) ?? [];
    const found = runs
      .filter((other) => other !== run)
      .flatMap((other) => this.readable(() => submissionsOf(layout, other)) ?? [])
      .filter(({ folder }) => !this.seen.has(folder));
    if (found.length === 0) return;
    const queue = await this.ask(signal);
    if (!queue) return;
    for (const stored of found) {
      // One that can't be read is not read again.
      this.seen.set(stored.folder, stored);
      const isComplete = this.readable(() => this.take(stored, queue)) ?? true;
      if (!isComplete) this.seen.delete(stored.folder);
    }
  }

  /**
   * Cancels jobs of ended runs that wait for what this run does not ask for, such as more time than the partition
   * allows. Otherwise a corrected profile would have no effect on them.
   */
  async cancelOutdated(tickets: readonly Ticket[], signal: AbortSignal): Promise<void> {
    const outdated = new Set<Task>();
    for (const ticket of tickets) {
      const claim = this.claims.get(ticket.order.key);
      if (claim && this.isOutdated(claim, ticket)) outdated.add(claim.task);
    }
    const queue = outdated.size > 0 ? await this.ask(signal) : undefined;
    const names = new Set<string>();
    for (const [key, { task }] of this.claims) {
      const jobs = queue?.get(task.name)?.filter(isOut) ?? [];
      if (!outdated.has(task) || jobs.length === 0 || !jobs.every(isWaiting)) continue;
      this.claims.delete(key);
      names.add(task.name);
    }
    if (names.size === 0) return;
    await this.options.slurm.cancel((name) => names.has(name));
    const jobs = counted(names.size, 'job that waits', 'jobs that wait');
    const message = `cancelled ${jobs} with the profile or the resources of an earlier run; their stages are sent again`;
    this.options.emit({ type: 'warning', message });
  }

  private isOutdated({ task, order, profile }: Claim, { order: wanted }: Ticket): boolean {
    const { layout, profile: own } = this.options;
    if (task.tickets.size > 0) return false;
    const isAlike =
      isDeepStrictEqual(wantsOf(order, undefined), wantsOf(wanted, undefined)) &&
      (profile === undefined || profile === profileText(own));
    // A run that is alive needs its own jobs.
    return !isAlike && unlessRefused(() => liveHeadIds(layout).has(task.stored.run)) === false;
  }

  /** The task that builds the same key for another run. */
  adopt(ticket: Ticket): Task | undefined {
    const { key, forced } = ticket.order;
    const claim = forced ? undefined : this.claims.get(key);
    if (!claim) return undefined;
    this.claims.delete(key);
    claim.task.tickets.set(claim.at, ticket);
    return claim.task;
  }

  /** Removes the files of submissions whose orders have all ended. */
  removeEnded(): void {
    // Otherwise a later run removes them.
    for (const stored of this.seen.values()) unlessRefused(() => this.removeIfEnded(stored));
  }

  private removeIfEnded(stored: StoredSubmission): void {
    if (this.isLive(stored)) return;
    for (const [index, bundle] of bundlesIn(readSubmission(ordersPath(stored)))) {
      if (endedIn(taskPath(stored, index)).size < bundle.length) return;
    }
    removeSubmission(this.options.layout, stored);
  }

  /** Undefined if the system refuses. */
  private readable<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      const reason = `their orders can't be read: ${problem.message}`;
      this.warn(reason, 'check the permissions of the folder, and its disk');
      return undefined;
    }
  }

  private warn(reason: string, advice: string): void {
    if (this.warned.has(reason)) return;
    this.warned.add(reason);
    const message = `the jobs of other runs are not used: ${reason}; their stages may be sent again, but are not computed twice; ${advice}`;
    this.options.emit({ type: 'warning', message });
  }

  /** Undefined if the signal stopped it, or if there is nothing to ask. */
  private async ask(signal: AbortSignal): Promise<Queue | undefined> {
    const { slurm, pace } = this.options;
    let [wait] = pace.ask;
    while (!signal.aborted) {
      const queue = await slurm.queue();
      if (queue.ok) return queue.value;
      if (queue.error === 'absent') {
        this.warn(absent('squeue'), 'add the commands of Slurm to the PATH');
        return undefined;
      }
      await pause(wait, signal);
      wait = Math.min(2 * wait, pace.ask[1]);
    }
    return undefined;
  }

  /** False if it is being written. */
  private take(stored: StoredSubmission, queue: Queue): boolean {
    const { owner, isYoung, bundles, profile } = submissionOut(stored, queue, this.isHeld);
    if (owner === undefined && this.isLive(stored)) return false;
    for (const { index, open } of bundles) {
      const task = new Task(stored, index, true);
      for (const [at, order] of open) this.claims.set(order.key, { task, at, order, profile });
    }
    const isOut = isYoung || bundles.length > 0;
    // Slurm lists no jobs of other users.
    const isForeign = owner !== undefined && owner !== process.getuid?.();
    if (!isOut && !isForeign && !this.isLive(stored)) removeSubmission(this.options.layout, stored);
    return true;
  }

  /** Whether the run itself still reads the files, or one of its jobs writes them. */
  private isLive({ run }: StoredSubmission): boolean {
    return liveRunIds(this.options.layout).has(run);
  }
}
