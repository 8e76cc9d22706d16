/** Which task runs when, and which resources it gets: never more than available. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourcePool, type Share } from '../../../src/runner/execution/resource-pool.ts';
import { Scheduler } from '../../../src/runner/execution/scheduler.ts';
import type { Resources } from '../../../src/runner/graph/stage-type.ts';

const capacities = { cpu: 4, network: 2, memory: 100, gpus: ['0', 'GPU-b', '7'] };

interface Task {
  readonly name: string;
  readonly share: Share;
  readonly end: () => void;
}

/** A scheduler whose tasks end when the test says so. */
class Held {
  readonly scheduler = new Scheduler(capacities);
  readonly running: Task[] = [];
  readonly started: string[] = [];

  add(name: string, needs: Resources, priority = 0): string | undefined {
    return this.scheduler.add(needs, priority, async (share) => {
      this.started.push(name);
      await new Promise<void>((end) => this.running.push({ name, share, end }));
    });
  }

  async end(at: number): Promise<void> {
    this.running.splice(at, 1)[0]!.end();
    await settled();
  }

  endNamed(name: string): Promise<void> {
    return this.end(this.running.findIndex((task) => task.name === name));
  }
}

/** The library starts the next task some turns after one ended. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const needs: fc.Arbitrary<Resources> = fc.record(
  {
    cpu: fc.constantFrom(0, 0.1, 0.5, 1, 2, 4, 9),
    gpu: fc.constantFrom(0, 0.1, 0.3, 0.5, 1, 2, 3),
    memory: fc.integer({ min: 0, max: 100 }),
    network: fc.constantFrom(0, 0.5, 1, 2, 5),
  },
  { requiredKeys: [] },
);

describe('the scheduler', () => {
  it('starts every task that fits when a large one ends', async () => {
    const held = new Held();
    held.add('large', { cpu: 4 });
    for (const name of ['a', 'b', 'c', 'd']) held.add(name, { cpu: 1 });
    await held.endNamed('large');
    expect(held.started).toEqual(['large', 'a', 'b', 'c', 'd']);
  });

  it('runs everything once and never grants more than available', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(needs, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        async (tasks, choices) => {
          const held = new Held();
          held.scheduler.batch(() => {
            for (const [i, [wanted, priority]] of tasks.entries()) {
              expect(held.add(String(i), wanted, priority)).toBe(undefined);
            }
          });
          await settled();
          while (held.running.length > 0) {
            const sum = (name: 'cpu' | 'network' | 'memory') =>
              held.running.reduce((total, { share }) => total + share.needs[name], 0);
            expect(sum('cpu')).toBeLessThanOrEqual(4 + 1e-6);
            expect(sum('network')).toBeLessThanOrEqual(2 + 1e-6);
            expect(sum('memory')).toBeLessThanOrEqual(100 + 1e-6);
            for (const gpu of capacities.gpus) {
              const taken = held.running.filter(({ share }) => share.gpus.includes(gpu));
              const load = taken.reduce(
                (total, { share }) => total + Math.min(1, share.needs.gpu),
                0,
              );
              expect(load).toBeLessThanOrEqual(1 + 1e-6);
            }
            for (const { share } of held.running) {
              expect(share.gpus.length).toBe(Math.ceil(share.needs.gpu));
            }
            await held.end(choices.next().value! % held.running.length);
          }
          expect([...held.started].sort()).toEqual(tasks.map((_, i) => String(i)).sort());
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });

  it('starts the highest priority first, and the earlier one of equal priorities', async () => {
    const held = new Held();
    held.scheduler.batch(() => {
      for (const [name, priority] of [
        ['low', 1],
        ['high', 5],
        ['b', 3],
        ['c', 3],
      ] as const) {
        held.add(name, { cpu: 4 }, priority);
      }
    });
    for (let i = 0; i < 4; i++) {
      await settled();
      await held.end(0);
    }
    expect(held.started).toEqual(['high', 'b', 'c', 'low']);
  });

  it('lets later tasks use anything but what a large waiting task is short of', async () => {
    const held = new Held();
    held.add('first', { cpu: 1 });
    await settled();
    held.add('large', { cpu: 4 });
    for (let i = 0; i < 5; i++) held.add(`small ${i}`, { cpu: 1 });
    held.add('network', { network: 1 });
    await settled();
    expect(held.started).toEqual(['first', 'network']);
    await held.endNamed('first');
    expect(held.started).toEqual(['first', 'network', 'large']);
  });

  it('drops what has not started', async () => {
    const held = new Held();
    held.add('first', { cpu: 4 });
    held.add('second', { cpu: 4 });
    await settled();
    held.scheduler.clear();
    await held.end(0);
    expect(held.started).toEqual(['first']);
  });

  it('reports needs that can never be met, and limits cores and connections to those available', () => {
    const held = new Held();
    expect(held.add('a', { gpu: 4 })).toBe('it needs 4 GPUs, and only 3 are available');
    expect(held.add('a', { memory: 2e9 })).toMatch(
      /^it needs 2\.0 GB of memory, and this machine has/,
    );
    expect(held.add('a', { cpu: 64, network: 64 })).toBe(undefined);
    expect(new Scheduler({ cpu: 1, network: 1 }).add({ gpu: 0.5 }, 0, async () => undefined)).toBe(
      'it needs 0.5 GPU, and none is available',
    );
  });
});

describe('GPUs', () => {
  const take = (pool: ResourcePool, gpu: number): Share => {
    const wanted = pool.needsOf({ cpu: 0, gpu });
    expect(pool.missing(wanted)).toEqual([]);
    return pool.take(wanted);
  };

  it('are shared in halves on one device, and granted whole by name', () => {
    const pool = new ResourcePool(capacities);
    const [one, two, three] = [take(pool, 0.5), take(pool, 0.5), take(pool, 0.5)];
    expect([one, two, three].map((share) => share.gpus)).toEqual([['0'], ['0'], ['GPU-b']]);
    expect(pool.missing(pool.needsOf({ gpu: 2 }))).toEqual(['gpu']);
    expect(take(pool, 1).gpus).toEqual(['7']);
    pool.release(one!);
    pool.release(two!);
    expect(take(pool, 1).gpus).toEqual(['0']);
  });

  it('are completely free again after thirds were released', () => {
    const pool = new ResourcePool({ cpu: 1, network: 1, gpus: ['0'] });
    for (let round = 0; round < 1000; round++) {
      const shares = [take(pool, 1 / 3), take(pool, 1 / 3), take(pool, 1 / 3)];
      for (const share of shares) pool.release(share);
    }
    expect(take(pool, 1).gpus).toEqual(['0']);
  });
});
