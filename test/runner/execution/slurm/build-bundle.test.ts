/** A node whose disk does not store what it was given. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const disk = vi.hoisted(() => ({ isBroken: false }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fsyncSync = (file: number): void => {
    if (disk.isBroken) {
      throw Object.assign(new Error('EIO: refused, fsync'), { code: 'EIO', syscall: 'fsync' });
    }
    real.fsyncSync(file);
  };
  return { ...real, fsyncSync };
});

const { Rig } = await import('../../rig.ts');
const { FakeSlurm } = await import('./fake-slurm.ts');
const { runOnSlurm } = await import('./run-on-slurm.ts');

const text = 'stages:\n  a: { uses: make, with: { name: a } }\n';

let rig: InstanceType<typeof Rig>;
beforeEach(() => {
  rig = new Rig();
  disk.isBroken = false;
});
afterEach(() => rig.remove());

it('a result that the disk refuses is a failure of its stage', async () => {
  const slurm = new FakeSlurm(rig.executor);
  disk.isBroken = true;
  const { events, finished } = await runOnSlurm(text, { rig, slurm, run: 'run-0' });
  expect(finished).toMatchObject({ failed: 1, executed: 0 });
  const failed = events.find((event) => event.type === 'stage-failed');
  expect(failed).toMatchObject({ failure: { kind: 'store', message: 'EIO: refused, fsync' } });
});
