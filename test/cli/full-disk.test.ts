/**
 * Runs on a disk that is too small, with increasing sizes. Each run ends with a clear error, and succeeds after space was
 * freed. The disk is a tmpfs, which only root can mount on Linux.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeUnforeseen } from '../../src/cli/unforeseen.ts';
import { FolderRemote } from '../../src/remote/folder.ts';
import { jsonLines, Terminal } from './terminal.ts';

function mount(path: string, options: string): boolean {
  const words = ['-t', 'tmpfs', '-o', options, 'tmpfs', path];
  return spawnSync('mount', words, { stdio: 'ignore' }).status === 0;
}

function unmount(path: string): void {
  spawnSync('umount', [path], { stdio: 'ignore' });
}

const probe = mkdtempSync(join(tmpdir(), 'mount-'));
const canMount = mount(probe, 'size=4k');
if (canMount) unmount(probe);
afterAll(() => rmSync(probe, { recursive: true, force: true }));

const text = `
vars: { rates: [1, 2] }
stages:
  base: { uses: make, with: { name: base, text: "${'long '.repeat(2000)}" } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
`;

describe('a full disk', () => {
  const skipped = canMount ? '' : ' (skipped: no tmpfs can be mounted here)';
  it.skipIf(!canMount)(`is reported, and damages nothing${skipped}`, async () => {
    let failures = 0;
    let successes = 0;
    for (let pages = 1; successes < 3; pages += 3) {
      expect(pages).toBeLessThan(300);
      const terminal = new Terminal();
      terminal.text = text;
      const { root } = terminal.rig.layout;
      mkdirSync(root);
      expect(mount(root, `size=${pages * 4096}`)).toBe(true);
      try {
        const { code, out, err } = await terminal.pipeline('run');
        if (code === 0) successes++;
        else {
          failures++;
          expect([code, err], `${pages} pages`).toEqual([
            1,
            expect.stringMatching(/^failed {2}\S+: the disk is full: /),
          ]);
          expect(err).toContain('help: free some disk space and run again');
          expect(err + out).not.toMatch(/^\s+at /m);
        }
        expect(mount(root, 'remount,size=16m')).toBe(true);
        const before = (await terminal.pipeline('verify', '--json')).code;
        expect(before, `${pages} pages`).toBe(0);
        const again = jsonLines((await terminal.pipeline('run', '--json')).out).at(-1);
        expect(again).toMatchObject({ failed: 0, skipped: 0, remaining: 0 });
        expect(await terminal.pipeline('verify')).toMatchObject({ code: 0, err: '' });
        expect((await terminal.pipeline('run')).out).toMatch(/^0 executed, 4 cached/);
      } finally {
        // The log is closed when the process ends. Until then, the disk could not be unmounted.
        spawnSync('umount', ['-l', root], { stdio: 'ignore' });
        terminal.remove();
      }
    }
    expect(failures).toBeGreaterThan(5);
  });

  it.skipIf(!canMount)(`is reported if results are fetched${skipped}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cache-'));
    const remote = { open: async () => ({ remote: new FolderRemote(folder) }), writes: true };
    const origin = new Terminal();
    Object.assign(origin, { text, remote });
    await origin.pipeline('run');
    const failures = new Set<string>();
    for (let pages = 1; failures.size < 4; pages++) {
      expect(pages).toBeLessThan(100);
      for (const command of ['pull', 'run']) {
        const terminal = new Terminal();
        Object.assign(terminal, { text, remote });
        const { root } = terminal.rig.layout;
        mkdirSync(root);
        expect(mount(root, `size=${pages * 4096}`)).toBe(true);
        try {
          const { code, err } = await terminal
            .pipeline(command)
            .catch((problem) => ({ code: 2, err: describeUnforeseen(problem, '0').text }));
          if (code !== 0) {
            expect(err, `${pages} pages`).toContain(root);
            expect(err, `${pages} pages`).toContain('the disk is full');
          }
          failures.add(`${command} ${code}`);
          expect(mount(root, 'remount,size=16m')).toBe(true);
          const { out } = await terminal.pipeline('run');
          expect(out).toMatch(/^0 executed, 4 cached/m);
          expect(await terminal.pipeline('verify')).toMatchObject({ code: 0, err: '' });
        } finally {
          spawnSync('umount', ['-l', root], { stdio: 'ignore' });
          terminal.remove();
        }
      }
    }
    origin.remove();
    rmSync(folder, { recursive: true });
  });

  it.skipIf(!canMount)(`does not prevent gc${skipped}`, async () => {
    const terminal = new Terminal();
    terminal.text = text;
    const { root, gcLock } = terminal.rig.layout;
    mkdirSync(root);
    expect(mount(root, 'size=1m')).toBe(true);
    try {
      await terminal.pipeline('run');
      terminal.text = text.replace('part ', 'piece ');
      await terminal.pipeline('run');
      const filler = openSync(join(root, 'filler'), 'w');
      expect(() => {
        for (;;) writeSync(filler, Buffer.alloc(1024));
      }).toThrow('ENOSPC');
      closeSync(filler);
      expect((await terminal.pipeline('run', '--force')).code).toBe(1);
      const { code, out, err } = await terminal.pipeline('gc', '--max-size', '0');
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^delete {2}2 results of part/m);
      expect(existsSync(gcLock)).toBe(false);
      expect((await terminal.pipeline('run')).out).toMatch(/^0 executed, 4 cached/m);
    } finally {
      spawnSync('umount', ['-l', root], { stdio: 'ignore' });
      terminal.remove();
    }
  });
});
