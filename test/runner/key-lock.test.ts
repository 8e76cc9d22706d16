import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestFile } from '../../src/runner/key/digest.ts';
import { signOfLife } from '../../src/runner/store/holder.ts';
import { holdLock } from '../../src/runner/store/key-lock.ts';

let folder: string;
let path: string;
const never = new AbortController().signal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'key');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock', () => {
  it('is held by one at a time', async () => {
    const order: string[] = [];
    const release = await holdLock(path, never);
    const second = holdLock(path, never).then((done) => {
      order.push('second');
      done();
    });
    order.push('first');
    release();
    await second;
    expect(order).toEqual(['first', 'second']);
    expect(existsSync(path)).toBe(false);
  });

  it('of a dead process is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(path, JSON.stringify({ pid, host: hostname() }));
    (await holdLock(path, never))();
  });

  it('of a silent machine is taken over, of one that was heard just now it is not', async () => {
    writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere' }));
    const abort = new AbortController();
    const waiting = holdLock(path, abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(JSON.parse(readFileSync(path, 'utf8')).host).toBe('elsewhere');
    const past = new Date(Date.now() - 120_000);
    utimesSync(path, past, past);
    (await waiting)();
  });

  it('is heard of while a long file is read, though timers get no turn', async () => {
    const release = await holdLock(path, never);
    const file = join(folder, 'file');
    writeFileSync(file, 'bytes');
    const past = new Date(Date.now() - 30_000);
    utimesSync(path, past, past);
    const age = (): number => Date.now() - statSync(path).mtimeMs;
    digestFile(file, signOfLife);
    expect(age()).toBeGreaterThan(20_000);
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 6000);
    digestFile(file, signOfLife);
    clock.mockRestore();
    expect(age()).toBeLessThan(10_000);
    release();
    utimesSync(file, past, past);
    signOfLife();
    expect(existsSync(path)).toBe(false);
  });

  it('is not waited for by one that is stopped', async () => {
    const release = await holdLock(path, never);
    const abort = new AbortController();
    const waiting = holdLock(path, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow();
    release();
  });

  it('that was torn by a crash is taken over once it is old', async () => {
    writeFileSync(path, '{"pid"');
    const past = new Date(Date.now() - 120_000);
    utimesSync(path, past, past);
    (await holdLock(path, never))();
  });
});
