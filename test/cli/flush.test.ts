/** If a disk accepts writes and then fails to keep them, the run reports it and fails. */
import { afterEach, expect, it, vi } from 'vitest';

const disk = vi.hoisted(() => ({ refuses: false }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fsyncSync = (file: number): void => {
    if (disk.refuses) {
      const about = { code: 'EIO', syscall: 'fsync', errno: -5 };
      throw Object.assign(new Error('EIO: i/o error, fsync'), about);
    }
    real.fsyncSync(file);
  };
  return { ...real, fsyncSync, default: { ...real, fsyncSync } };
});

const { Terminal } = await import('./terminal.ts');

const terminal = new Terminal();
afterEach(() => terminal.remove());

it('a run fails if its results could not be flushed to the disk', async () => {
  terminal.text = 'stages: { a: { uses: make, with: { name: a } } }';
  disk.refuses = true;
  const { code, out, err } = await terminal.pipeline('run');
  expect(code).toBe(1);
  expect(out + err).toMatch(
    /the disk did not store all results of this run: EIO: i\/o error, fsync '\S+'; check the disk/,
  );
  expect(out + err).not.toMatch(/^\s+at /m);
  disk.refuses = false;
  expect((await terminal.pipeline('run')).code).toBe(0);
});
