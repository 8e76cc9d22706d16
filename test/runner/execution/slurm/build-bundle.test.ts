/** A node whose disk does not store what it was given, or not at once. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Node } from '../../../../src/runner/execution/slurm/build-bundle.ts';

const disk = vi.hoisted(() => ({
  isBroken: false,
  /** How often it still refuses a report of a node. */
  refusals: 0,
  /** How often it still refuses to give the orders to a node. */
  orderRefusals: 0,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fsyncSync = (file: number): void => {
    if (disk.isBroken) {
      throw Object.assign(new Error('EIO: refused, fsync'), { code: 'EIO', syscall: 'fsync' });
    }
    real.fsyncSync(file);
  };
  const openSync = (...given: Parameters<typeof real.openSync>): number => {
    const [path, flags] = given;
    const isReport = flags === 'a' && /\/orders\/.*\/\d+\.jsonl$/.test(String(path));
    if (isReport && disk.refusals > 0) {
      disk.refusals--;
      throw Object.assign(new Error('ESTALE: refused, open'), { code: 'ESTALE', syscall: 'open' });
    }
    return real.openSync(...given);
  };
  const readFileSync = ((...given: Parameters<typeof real.readFileSync>) => {
    if (disk.orderRefusals > 0 && /\/orders\.jsonl$/.test(String(given[0]))) {
      disk.orderRefusals--;
      throw Object.assign(new Error('EIO: refused, read'), { code: 'EIO', syscall: 'read' });
    }
    return real.readFileSync(...given);
  }) as typeof real.readFileSync;
  return { ...real, fsyncSync, openSync, readFileSync };
});

const { buildBundle } = await import('../../../../src/runner/execution/slurm/build-bundle.ts');
const { Rig } = await import('../../rig.ts');
const { FakeSlurm } = await import('./fake-slurm.ts');
const { runOnSlurm } = await import('./run-on-slurm.ts');

const text = 'stages:\n  a: { uses: make, with: { name: a } }\n';

let rig: InstanceType<typeof Rig>;
beforeEach(() => {
  rig = new Rig();
  disk.isBroken = false;
  disk.refusals = 0;
  disk.orderRefusals = 0;
});
afterEach(() => rig.remove());

it('a result that the disk refuses is a failure of its stage', async () => {
  const slurm = new FakeSlurm(rig.executor);
  disk.isBroken = true;
  const { events, finished } = await runOnSlurm(text, { rig, slurm, run: 'run-0' });
  expect(finished).toMatchObject({ failed: 1, executed: 0 });
  const failed = events.find((event) => event.type === 'stage-failed');
  expect(failed).toMatchObject({
    failure: { kind: 'store', message: expect.stringMatching(/^EIO: refused, fsync '.*objects/) },
  });
});

it('a report that the disk refuses for a while does not end the job', async () => {
  const slurm = new FakeSlurm(rig.executor);
  slurm.reportMs = 60_000;
  disk.refusals = 3;
  const { events, finished } = await runOnSlurm(text, { rig, slurm, run: 'run-0' });
  expect(disk.refusals).toBe(0);
  expect(finished).toMatchObject({ failed: 0, executed: 1 });
  const types = events.flatMap((event) => ('stage' in event ? [event.type] : []));
  expect(types).toEqual(['stage-started', 'stage-finished']);
  expect(slurm.submitted).toHaveLength(1);
});

it('a report that is lost does not lose the result', async () => {
  const slurm = new FakeSlurm(rig.executor);
  disk.refusals = Number.POSITIVE_INFINITY;
  slurm.onJob = (job) => {
    if (slurm.submitted.length > 1) disk.refusals = 0;
    void slurm.run(job);
  };
  const { finished } = await runOnSlurm(text, { rig, slurm, run: 'run-0' });
  expect(finished).toMatchObject({ failed: 0 });
  expect(slurm.submitted).toHaveLength(2);
  expect([...rig.executor.counts.values()]).toEqual([1]);
});

it('orders that the disk refuses for a while are read later', async () => {
  const slurm = new FakeSlurm(rig.executor);
  slurm.ordersMs = 60_000;
  disk.orderRefusals = 1;
  const { finished } = await runOnSlurm(text, { rig, slurm, run: 'run-0' });
  expect(disk.orderRefusals).toBe(0);
  expect(finished).toMatchObject({ failed: 0, executed: 1 });
  expect(slurm.submitted).toHaveLength(1);
});

it('orders that can never be read are a sentence, not a bug', async () => {
  const node = { signal: new AbortController().signal, ordersMs: 0 } as unknown as Node;
  mkdirSync(join(rig.root, 'orders.jsonl'));
  expect(await buildBundle(join(rig.root, 'orders.jsonl'), 0, node)).toEqual({
    ok: false,
    error: expect.stringMatching(/^the orders can't be read: EISDIR/),
  });
});

it('checkpoints that cannot be listed are a failure of their stage', async () => {
  const slurm = new FakeSlurm(rig.executor);
  mkdirSync(rig.layout.root, { recursive: true });
  symlinkSync('checkpoints', rig.layout.allCheckpoints);
  const { events, finished } = await runOnSlurm(text, { rig, slurm, run: 'run-0' });
  expect(finished).toMatchObject({ failed: 1 });
  const failed = events.find((event) => event.type === 'stage-failed');
  expect(failed).toMatchObject({ failure: { kind: 'store' } });
  expect(slurm.submitted).toHaveLength(1);
});
