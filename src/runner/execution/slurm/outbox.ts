/** The orders that wait to be sent, and how many of them are sent now. */
import { stageOfInstance } from '../../../base/stage-name.ts';
import type { StageId } from '../../graph/pipeline.ts';
import type { Profile } from '../profile.ts';
import { bundlesOf, chunked, grouped } from './bundles.ts';
import type { RunningJobs } from './running-jobs.ts';
import type { Ticket } from './task.ts';
import { type Wants, wantsOf } from './wants.ts';

/** Bundles that are submitted together, because they want the same. */
export interface Batch {
  readonly bundles: readonly (readonly Ticket[])[];
  readonly wants: Wants;
  /** For a whole bundle. Undefined for the default of the partition. */
  readonly seconds: number | undefined;
}

export interface Room {
  /** The number of tasks that are out. */
  readonly out: number;
  readonly running: Pick<RunningJobs, 'most' | 'long'>;
}

/** By default, Slurm refuses larger arrays (`MaxArraySize` is 1001). */
const MOST_TASKS = 1000;

/** Before anything is known about the cluster, this many jobs are expected to run in parallel. */
const SLOTS = 16;

export class Outbox {
  private readonly profile: Profile;
  private readonly past: ReadonlyMap<StageId, number>;
  /** The durations in this run, by the name of the stage. */
  private readonly took = new Map<string, number>();
  private waiting = new Set<Ticket>();

  /** `past`: the durations of stages in the past, in seconds. */
  constructor(profile: Profile, past: ReadonlyMap<StageId, number>) {
    this.profile = profile;
    this.past = past;
  }

  get size(): number {
    return this.waiting.size;
  }

  add(ticket: Ticket): void {
    this.waiting.add(ticket);
  }

  /** Whether it was waiting. */
  remove(ticket: Ticket): boolean {
    return this.waiting.delete(ticket);
  }

  all(): readonly Ticket[] {
    return [...this.waiting];
  }

  learn(stage: StageId, seconds: number): void {
    this.took.set(stageOfInstance(stage), seconds);
  }

  /**
   * Takes what is sent now. Stages whose duration is unknown are sent one per job, and only a few
   * before the first of them end, because afterwards they can be bundled. If they run for long, they
   * need no bundles, and more are sent.
   */
  take({ out, running }: Room): readonly Batch[] {
    const { jobs, bundleSeconds } = this.profile;
    let room = jobs - out;
    // So that each submission has several jobs.
    if (out > 0 && room < Math.min(this.size, jobs / 5)) return [];
    let unknown = Math.max(0, SLOTS + 2 * running.long - out);
    const slots = Math.max(SLOTS, 2 * running.most);
    const batches: Batch[] = [];
    for (const group of grouped([...this.waiting], (ticket) => this.sortOf(ticket))) {
      const bundling = { mostSeconds: bundleSeconds, slots };
      const chosen = bundlesOf(group, (ticket) => this.expected(ticket), bundling).filter(
        ([first]) => {
          if (room === 0 || (this.expected(first!) === undefined && unknown-- <= 0)) return false;
          room--;
          return true;
        },
      );
      for (const bundles of chunked(chosen, MOST_TASKS)) {
        for (const ticket of bundles.flat()) this.waiting.delete(ticket);
        const wants = this.wantsOf(bundles[0]![0]!);
        batches.push({ bundles, wants, seconds: this.longest(bundles) });
      }
    }
    return batches;
  }

  private expected({ order: { stage } }: Ticket): number | undefined {
    return this.past.get(stage.id) ?? this.took.get(stageOfInstance(stage.id));
  }

  private wantsOf(ticket: Ticket): Wants {
    return wantsOf(ticket.order, this.expected(ticket), ticket.grown);
  }

  /** Orders of the same sort can be in one submission. Their times differ by less than a factor of 2. */
  private sortOf(ticket: Ticket): string {
    const { time, ...wants } = this.wantsOf(ticket);
    const { passEnv } = ticket.order.stage.commandOptions;
    return JSON.stringify([wants, time && Math.ceil(Math.log2(time)), passEnv]);
  }

  /** The time of one stage, and twice the expected time of the others of its bundle. */
  private longest(bundles: Batch['bundles']): number | undefined {
    const seconds = bundles.map((bundle) => {
      const times = bundle.map((ticket) => this.wantsOf(ticket).time);
      const others = bundle.slice(1).map((ticket) => 2 * (this.expected(ticket) ?? 0));
      if (times.includes(undefined)) return undefined;
      return Math.max(...(times as number[])) + others.reduce((sum, one) => sum + one, 0);
    });
    return seconds.includes(undefined) ? undefined : Math.max(...(seconds as number[]));
  }
}
