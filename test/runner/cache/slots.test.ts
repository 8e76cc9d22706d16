/** The order of transfers, and their speed. */
import { expect, it } from 'vitest';
import { RateLimit } from '../../../src/runner/cache/remote/rate-limit.ts';
import { Slots } from '../../../src/runner/cache/remote/slots.ts';

it('the highest rank is next, and equal ones in the order in which they came', async () => {
  const slots = new Slots(1);
  const started: string[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = slots.run(() => gate);
  const rest = [
    ['small', 1],
    ['large', 1000],
    ['record', Number.POSITIVE_INFINITY],
    ['large too', 1000],
    ['middle', 10],
    ['record too', Number.POSITIVE_INFINITY],
  ].map(([name, rank]) => slots.run(async () => void started.push(name as string), rank as number));
  open();
  await Promise.all([first, ...rest]);
  expect(started).toEqual(['record', 'record too', 'large', 'large too', 'middle', 'small']);
});

it('a failure frees its place', async () => {
  const slots = new Slots(1);
  const failed = slots.run(async () => {
    throw new Error('no');
  });
  const next = slots.run(async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('yes');
});

it('a limit spreads bytes over time, and saves up nothing while nothing is sent', () => {
  const limit = new RateLimit(1000);
  expect(limit.delay(500, 0)).toBe(0);
  expect(limit.delay(500, 0)).toBe(500);
  expect(limit.delay(100, 600)).toBe(400);
  expect(limit.delay(100, 60_000)).toBe(0);
  expect(limit.delay(0, 60_000)).toBe(100);
});
