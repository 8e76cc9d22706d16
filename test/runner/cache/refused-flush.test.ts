/** A disk that reports once that it lost the bytes of results that were fetched. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';

const disk = vi.hoisted(() => ({ refusals: 0, skipped: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fsyncSync = (file: number): void => {
    if (disk.skipped > 0) disk.skipped--;
    else if (disk.refusals > 0) {
      disk.refusals--;
      throw Object.assign(new Error('EDQUOT: refused, fsync'), {
        code: 'EDQUOT',
        syscall: 'fsync',
      });
    }
    real.fsyncSync(file);
  };
  return { ...real, fsyncSync };
});

const { FolderRemote } = await import('../../../src/remote/folder.ts');
const { Rig } = await import('../rig.ts');
const { run } = await import('./remote-project.ts');

const folder = mkdtempSync(join(tmpdir(), 'refused-'));
const rigs: InstanceType<typeof Rig>[] = [];
const newRig = (): InstanceType<typeof Rig> => {
  const rig = new Rig();
  rigs.push(rig);
  return rig;
};
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.remove();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([0, 1, 4, 9])(
  'refused after %i others, files are fetched again before a record names them',
  async (skipped) => {
    const remote = new FolderRemote(folder);
    await run(newRig(), { remote, writes: true });
    const gets = vi.spyOn(remote, 'get');
    const own = newRig();
    Object.assign(disk, { skipped, refusals: 1 });
    await run(own, { remote, writes: false });
    expect(disk.refusals).toBe(0);
    Object.assign(disk, { skipped: 0, refusals: 0 });
    const names = gets.mock.calls.map(([kind, name]) => `${kind}/${name}`);
    expect(new Set(names).size).toBeLessThan(names.length);
  },
);
