/**
 * Decides which stage runs when: the one with the longest critical path first, as soon as its
 * resources are free.
 *
 * Another stage may overtake a waiting one, but it never gets a resource that the waiting one is
 * short of. So a stage with large needs does not wait forever. The only importer of p-queue.
 */
import PQueue, { type QueueAddOptions } from 'p-queue';
import type { Resources } from '../graph/stage-type.ts';
import {
  type Capacities,
  type Needs,
  type Pool,
  ResourcePool,
  type Share,
  uncounted,
} from './resource-pool.ts';

type Task = () => Promise<unknown>;

export class Scheduler {
  private readonly queue: PQueue;
  private readonly pool: Pool;
  /** The needs of the task that is being added. */
  private adding: Needs = { cpu: 0, gpu: 0, memory: 0, network: 0 };
  private started: Share | undefined;

  /** Without capacities, every task starts at once. */
  constructor(capacities: Capacities | undefined) {
    const pool = capacities ? new ResourcePool(capacities) : uncounted;
    this.pool = pool;
    const scheduler = this;
    // The library constructs its queue itself, without arguments.
    const queueClass = class extends FittingQueue {
      constructor() {
        super(
          pool,
          () => scheduler.adding,
          (share) => {
            scheduler.started = share;
          },
        );
      }
    };
    this.queue = new PQueue({ queueClass, concurrency: Number.POSITIVE_INFINITY });
  }

  /** A higher priority starts earlier. Returns the reason, as a sentence, if the task can never start. */
  add(
    resources: Resources,
    priority: number,
    task: (share: Share) => Promise<void>,
  ): string | undefined {
    const needs = this.pool.needsOf(resources);
    const never = this.pool.whyNever(needs);
    if (never !== undefined) return never;
    this.adding = needs;
    void this.queue.add(
      async () => {
        const share = this.started!;
        try {
          await task(share);
        } finally {
          // The library starts only one task for each that ended, but several small tasks may fit
          // in place of a large one.
          this.batch(() => this.pool.release(share));
        }
      },
      { priority },
    );
    return undefined;
  }

  /** Starts nothing while `add` is called several times, so that the highest priority of all comes first. */
  batch(add: () => void): void {
    this.queue.pause();
    add();
    this.queue.start();
  }

  /** Drops the tasks that have not started. */
  clear(): void {
    this.queue.clear();
  }
}

interface Waiting {
  readonly run: Task;
  readonly priority: number;
  /** Decides between equal priorities: the earlier one comes first. */
  readonly order: number;
}

/** The tasks with the same needs, the highest priority first. */
interface Line {
  readonly needs: Needs;
  readonly waiting: Waiting[];
}

/** The library sees an empty queue while no task fits. */
class FittingQueue {
  private readonly lines = new Map<string, Line>();
  private readonly pool: Pool;
  private readonly needs: () => Needs;
  private readonly onStart: (share: Share) => void;
  private count = 0;

  constructor(pool: Pool, needs: () => Needs, onStart: (share: Share) => void) {
    this.pool = pool;
    this.needs = needs;
    this.onStart = onStart;
  }

  enqueue(run: Task, { priority = 0 }: Partial<QueueAddOptions> = {}): void {
    const needs = this.needs();
    const name = JSON.stringify(needs);
    const line = this.lines.get(name) ?? { needs, waiting: [] };
    this.lines.set(name, line);
    let [low, high] = [0, line.waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (line.waiting[middle]!.priority >= priority) low = middle + 1;
      else high = middle;
    }
    line.waiting.splice(low, 0, { run, priority, order: this.count++ });
  }

  dequeue(): Task | undefined {
    const line = this.firstFitting();
    if (!line) return undefined;
    const { run } = line.waiting.shift()!;
    this.onStart(this.pool.take(line.needs));
    return run;
  }

  get size(): number {
    return this.firstFitting()?.waiting.length ?? 0;
  }

  filter({ priority }: Readonly<Partial<QueueAddOptions>>): Task[] {
    const all = [...this.lines.values()].flatMap((line) => line.waiting);
    return all.filter((one) => one.priority === priority).map((one) => one.run);
  }

  setPriority(): void {
    throw new Error("the priority of a task can't change");
  }

  private firstFitting(): Line | undefined {
    const short = new Set<keyof Needs>();
    const present = [...this.lines.values()].filter((line) => line.waiting.length > 0);
    for (const line of present.sort((a, b) => before(a.waiting[0]!, b.waiting[0]!))) {
      const passes = [...short].every((name) => line.needs[name] === 0);
      const lacking = this.pool.missing(line.needs);
      if (passes && lacking.length === 0) return line;
      for (const name of lacking) short.add(name);
    }
    return undefined;
  }
}

function before(a: Waiting, b: Waiting): number {
  return b.priority - a.priority || a.order - b.order;
}
