/**
 * What may run together: a queue for each resource class, the most urgent stage first.
 *
 * The only importer of p-queue.
 */
import PQueue from 'p-queue';
import type { ResourceClass } from '../graph/stage-type.ts';

export type Capacities = Readonly<Record<ResourceClass, number>>;

export class Scheduler {
  private readonly queues: ReadonlyMap<ResourceClass, PQueue>;

  constructor(capacities: Capacities) {
    this.queues = new Map(
      Object.entries(capacities).map(([name, concurrency]) => [
        name as ResourceClass,
        new PQueue({ concurrency }),
      ]),
    );
  }

  /** A higher priority starts earlier. */
  add(resource: ResourceClass, priority: number, task: () => Promise<void>): void {
    void this.queues.get(resource)!.add(task, { priority });
  }

  /** Starts nothing while `add` is called several times, so that the most urgent of all comes first. */
  together(add: () => void): void {
    for (const queue of this.queues.values()) queue.pause();
    add();
    for (const queue of this.queues.values()) queue.start();
  }

  /** Forgets what has not started. */
  clear(): void {
    for (const queue of this.queues.values()) queue.clear();
  }
}
