/** When results are flushed and reported. Time is simulated. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FlushedEnds } from '../../../../src/runner/execution/slurm/flushed-ends.ts';
import type { OrderEnd, TaskLine } from '../../../../src/runner/execution/slurm/task-log.ts';

const done: OrderEnd = { result: { ok: true, value: { outputs: {}, executed: true, seconds: 0 } } };
const failed: OrderEnd = { result: { ok: false, error: { kind: 'stage', message: 'no' } } };

let steps: string[];
let refusal: Error | undefined;
let ends: FlushedEnds;

beforeEach(() => {
  vi.useFakeTimers();
  steps = [];
  refusal = undefined;
  const add = (line: TaskLine): void => {
    if (line.kind !== 'end') return;
    const { at, result } = line;
    steps.push(`${at}: ${result.ok ? 'done' : result.error.kind}`);
  };
  const flush = (): void => {
    steps.push('flush');
    if (refusal) throw refusal;
  };
  ends = new FlushedEnds({ add }, flush);
});
afterEach(() => vi.useRealTimers());

it('a result is reported at once, after it was flushed', () => {
  ends.add(0, done);
  expect(steps).toEqual(['flush', '0: done']);
});

it('results that follow soon are flushed together', () => {
  for (const at of [0, 1, 2, 3]) ends.add(at, at === 2 ? failed : done);
  expect(steps).toHaveLength(2);
  vi.advanceTimersByTime(500);
  expect(steps.slice(2)).toEqual(['flush', '1: done', '2: stage', '3: done']);
  vi.advanceTimersByTime(10_000);
  expect(steps).toHaveLength(6);
});

it('results that wait are reported at the end, once', () => {
  for (const at of [0, 1]) ends.add(at, done);
  ends.report();
  ends.report();
  vi.advanceTimersByTime(10_000);
  expect(steps).toEqual(['flush', '0: done', 'flush', '1: done']);
});

it('if the disk refuses, no result of this flush is reported as stored', () => {
  ends.add(0, done);
  refusal = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fsync' });
  ends.add(1, done);
  ends.add(2, failed);
  ends.report();
  expect(steps).toEqual(['flush', '0: done', 'flush', '1: store', '2: stage']);
  refusal = undefined;
  ends.add(3, done);
  ends.report();
  expect(steps.slice(5)).toEqual(['flush', '3: done']);
});

it('a bug is thrown on', () => {
  refusal = new Error('a bug');
  expect(() => ends.add(0, done)).toThrow('a bug');
});
