/** Time limits of a process whose event loop is blocked for a while. */
import { stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { timeLimit } from '../../src/base/time-limit.ts';

const block = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Which of the two ends first. */
function first(ms: number, act: () => Promise<unknown>): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = timeLimit(ms, () => resolve('limit'));
    act()
      .finally(end)
      .then(() => resolve('answer'), reject);
  });
}

it('what arrived while the process was blocked is in time', async () => {
  const act = async (): Promise<void> => {
    const answer = stat('/');
    block(400);
    await answer;
  };
  expect(await first(200, act)).toBe('answer');
});

it('a question that the process could not ask while it was blocked has time', async () => {
  const act = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) {
      const answer = stat('/');
      block(250);
      await answer;
    }
  };
  expect(await first(200, act)).toBe('answer');
});

it('a limit ends without an answer', async () => {
  expect(await first(50, () => new Promise(() => undefined))).toBe('limit');
});

describe('with a held clock', () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({
        toFake: ['setTimeout', 'setImmediate', 'clearTimeout', 'clearImmediate'],
      }),
  );
  afterEach(() => void vi.useRealTimers());

  it('starts again after progress, and ends once', async () => {
    let [progress, ends] = [0, 0];
    timeLimit(
      1000,
      () => ends++,
      () => progress,
    );
    await vi.advanceTimersByTimeAsync(999);
    progress++;
    await vi.advanceTimersByTimeAsync(1000);
    expect(ends).toBe(0);
    await vi.advanceTimersByTimeAsync(1100);
    expect(ends).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([ends, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('leaves no timer when it is stopped', async () => {
    let ends = 0;
    const stop = timeLimit(1000, () => ends++);
    await vi.advanceTimersByTimeAsync(950);
    stop();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ends).toBe(0);
  });
});
