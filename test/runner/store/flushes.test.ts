/**
 * Bytes that wait for the end of a run reach the disk: file by file, or with their whole file
 * system.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const flushed = vi.hoisted(() => ({ files: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fsyncSync = (file: number): void => {
    flushed.files++;
    real.fsyncSync(file);
  };
  return { ...real, fsyncSync };
});

const { LaterFlushes } = await import('../../../src/runner/store/flushes.ts');
const { make, Rig } = await import('../rig.ts');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flushes-'));
  flushed.files = 0;
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function files(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const shard = join(folder, 'objects', `${index % 10}`);
    mkdirSync(shard, { recursive: true });
    const path = join(shard, `${index}`);
    writeFileSync(path, 'bytes');
    return path;
  });
}

describe('bytes that are flushed later', () => {
  it('are flushed file by file if there are few files', () => {
    const later = new LaterFlushes(() => 0);
    for (const path of files(5)) later.flush(path);
    expect(flushed.files).toBe(0);
    later.all();
    expect(flushed.files).toBe(5);
    later.all();
    expect(flushed.files).toBe(5);
  });

  it.skipIf(platform() !== 'linux')('are flushed with their file system if there are many', () => {
    const later = new LaterFlushes(() => 0);
    for (const path of files(500)) later.flush(path);
    later.all();
    expect(flushed.files).toBe(0);
  });

  it('are flushed file by file if no program can flush a file system', () => {
    vi.stubEnv('PATH', folder);
    const later = new LaterFlushes(() => 0);
    for (const path of files(500)) later.flush(path);
    later.all();
    expect(flushed.files).toBe(500);
  });

  it('may have been removed meanwhile', () => {
    const later = new LaterFlushes(() => 0);
    const [first, ...others] = files(3);
    for (const path of [first!, ...others]) later.flush(path);
    rmSync(first!);
    later.all();
    expect(flushed.files).toBe(2);
  });

  it('wait for a few seconds at most', () => {
    let now = 0;
    const later = new LaterFlushes(() => now);
    const [first, second] = files(2);
    later.flush(first!);
    now = 20_000;
    later.flush(second!);
    expect(flushed.files).toBe(2);
  });

  describe.skipIf(platform() !== 'linux')('a program that flushes a file system', () => {
    /** Replaces the program of the system. */
    function sync(script: string): void {
      writeFileSync(join(folder, 'sync'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'sync'), 0o755);
      vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    }

    it('reports an error of the disk: the error is final and nothing is flushed again', () => {
      sync('echo "sync: error syncing \'$2\': Input/output error" >&2; exit 1');
      const later = new LaterFlushes();
      for (const path of files(200)) later.flush(path);
      expect(() => later.all()).toThrow(/^sync: error syncing .*: Input\/output error$/);
      expect(flushed.files).toBe(0);
    });

    it('fails otherwise: then files are flushed one by one', () => {
      sync('echo "sync: invalid option -- f" >&2; exit 1');
      const later = new LaterFlushes();
      for (const path of files(200)) later.flush(path);
      later.all();
      expect(flushed.files).toBe(200);
    });
  });
});

it.skipIf(platform() !== 'linux').each([
  ['of this program', false],
  ['of the project', true],
])(
  'many files of a stage %s are flushed together before its record is written',
  async (_of, own) => {
    const rig = new Rig();
    rig.types.set('make', { ...make, ...(own && { module: '/own.mjs' }) });
    if (own) rig.codes = { '/own.mjs': rig.codes.make! };
    rig.executor.instead.set('a', ({ outputs }) => {
      for (let i = 0; i < 300; i++) writeFileSync(join(outputs.out!, `${i}`), `${i}`);
      writeFileSync(join(outputs.other!, 'note.txt'), 'note');
      return { ok: true, value: undefined };
    });
    let now = 1_700_000_000_000;
    const clock = (): number => {
      now += 5000;
      return now;
    };
    const outcome = await rig.run('stages: { a: { uses: make, with: { name: a } } }', {
      now: clock,
    });
    expect(outcome.finished).toMatchObject({ executed: 1, failed: 0 });
    // The record and its folder.
    expect(flushed.files).toBe(2);
    rig.remove();
  },
);
