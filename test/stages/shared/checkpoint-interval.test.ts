import { expect, test } from 'vitest';
import { checkpointInterval } from '../../../src/stages/shared/training/training-hooks.ts';

test('writing checkpoints takes a few percent of the time', () => {
  for (const seconds of [0.6, 1, 5, 10]) {
    expect(seconds / checkpointInterval(seconds)).toBeLessThan(0.04);
  }
  expect(checkpointInterval(0.01)).toBe(15);
});

test('one slow write does not postpone the next checkpoint by more than minutes', () => {
  expect(checkpointInterval(85)).toBe(300);
  // At most a quarter of the time is spent on writing, however slow the disk is.
  expect(checkpointInterval(1000)).toBe(3000);
});
