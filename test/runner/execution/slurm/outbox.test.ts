/** How many orders are sent, before and after their duration is known. */
import { expect, it } from 'vitest';
import { plainProfile } from '../../../../src/runner/document/profiles.ts';
import { Outbox, type Room } from '../../../../src/runner/execution/slurm/outbox.ts';
import type { Ticket } from '../../../../src/runner/execution/slurm/task.ts';
import type { StageId } from '../../../../src/runner/graph/pipeline.ts';

function outboxOf(count: number, jobs = 200): Outbox {
  const outbox = new Outbox({ ...plainProfile(), jobs, partition: {} } as never, new Map());
  for (let i = 0; i < count; i++) {
    const stage = { id: `part[i=${i}]`, commandOptions: {} };
    const order = { stage, limits: { resources: {} } };
    outbox.add({ order, grown: {} } as unknown as Ticket);
  }
  return outbox;
}

const sizes = (outbox: Outbox, room: Room): readonly number[] =>
  outbox.take(room).flatMap(({ bundles }) => bundles.map(({ length }) => length));
const ones = (count: number): readonly number[] => Array.from({ length: count }, () => 1);

it('few orders are sent until the duration of one is known, and then bundles', () => {
  const outbox = outboxOf(1000);
  expect(sizes(outbox, { out: 0, running: { most: 0, long: 0 } })).toEqual(ones(16));
  // They have begun, but they may be short.
  expect(sizes(outbox, { out: 16, running: { most: 12, long: 0 } })).toEqual([]);
  outbox.learn('part[i=0]' as StageId, 0.01);
  const bundles = sizes(outbox, { out: 15, running: { most: 12, long: 0 } });
  expect(bundles).toHaveLength(20);
  expect(bundles.reduce((sum, one) => sum + one, 0)).toBe(984);
});

it('no submission has more jobs than Slurm accepts in an array', () => {
  const outbox = outboxOf(5000, 2500);
  outbox.learn('part[i=0]' as StageId, 3600);
  const batches = outbox.take({ out: 0, running: { most: 0, long: 0 } });
  expect(batches.map(({ bundles }) => bundles.length)).toEqual([1000, 1000, 500]);
  const sent = batches.flatMap(({ bundles }) => bundles.flat());
  expect(new Set(sent).size).toBe(2500);
  expect(outbox.size).toBe(2500);
});

it('more are sent if the first ones run for long', () => {
  const outbox = outboxOf(1000);
  sizes(outbox, { out: 0, running: { most: 0, long: 0 } });
  expect(sizes(outbox, { out: 16, running: { most: 12, long: 12 } })).toEqual(ones(24));
});
