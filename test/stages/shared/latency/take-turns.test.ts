import { expect, it } from 'vitest';
import { loadOfOthers } from '../../../../src/stages/shared/latency/machine-load.ts';
import { memoryNow, peakMemory } from '../../../../src/stages/shared/latency/peak-memory.ts';
import { type Timed, takeTurns } from '../../../../src/stages/shared/latency/take-turns.ts';

it('times models in turn, after both are warm', async () => {
  const calls: string[] = [];
  const fake = (name: string, ...times: number[]): Timed => ({
    warmUp: async () => void calls.push(`warm ${name}`),
    time: async () => {
      calls.push(name);
      return times.shift()!;
    },
    usage: async () => ({ processor: 0, memory: name.length }),
  });
  const done: number[] = [];
  const models = [fake('a', 1, 2, 3), fake('bb', 4, 5, 6)];
  const turns = await takeTurns(models, [[], []], 3, (run) => done.push(run));
  expect(calls).toEqual(['warm a', 'warm bb', 'a', 'bb', 'a', 'bb', 'a', 'bb']);
  expect(turns).toMatchObject({
    times: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    memory: [1, 2],
  });
  expect(done).toEqual([1, 2, 3]);
});

it.each([
  // Two cores for 100 ms: 120 ms busy, of which 100 are the models'.
  [{ busy: 120, all: 200 }, 100, 0.1],
  [{ busy: 200, all: 200 }, 100, 0.5],
  // Clocks are coarse.
  [{ busy: 90, all: 200 }, 100, 0],
  [{ busy: 0, all: 0 }, 1, 0],
])('the load of others in %o beside %d ms is %d', (after, own, load) => {
  expect(loadOfOthers({ busy: 0, all: 0 }, after, own)).toBeCloseTo(load);
});

it('the peak of memory is at least the memory now', () => {
  const now = memoryNow();
  expect(now).toBeGreaterThan(1e6);
  // The kernel counts both in pieces that each processor collects.
  expect(peakMemory()).toBeGreaterThan(0.9 * now);
});
