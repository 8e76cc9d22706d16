import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestFile } from '../../../src/runner/key/digest.ts';
import { timeIn } from '../../../src/runner/store/file-clock.ts';
import { beatIfDue } from '../../../src/runner/store/heartbeat.ts';
import { setOwnJob, thisHolder } from '../../../src/runner/store/holder.ts';
import { holdLock } from '../../../src/runner/store/key-lock.ts';

let folder: string;
let path: string;
const never = new AbortController().signal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'key');
  vi.useFakeTimers({ toFake: ['setTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  setOwnJob(undefined);
  rmSync(folder, { recursive: true, force: true });
});

/** Advances the clock of this process, but not that of the disk. */
let passed = 0;
function pass(ms: number): void {
  const real = performance.now.bind(performance);
  if (!vi.isMockFunction(performance.now)) {
    passed = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => real() + passed);
  }
  passed += ms;
}

/** Sets the age of the file, by the clock of its file system. */
function age(ms: number): void {
  const time = (timeIn(folder) - ms) / 1000;
  utimesSync(path, time, time);
}

/** A waiting process looks at the lock again. */
const look = () => vi.advanceTimersByTimeAsync(250);

/** The wait ends with an error as soon as the process looks again. */
async function stopped(waiting: Promise<unknown>): Promise<void> {
  await Promise.all([expect(waiting).rejects.toThrow(), look()]);
}

/** The holder of a lock from another container on this machine: same host, but separate pids. */
const elsewhere = { ...thisHolder('run elsewhere'), place: '0123456789ab' };

describe('a lock', () => {
  it('is held by one process at a time', async () => {
    const order: string[] = [];
    const release = await holdLock(path, never);
    const second = holdLock(path, never).then((done) => {
      order.push('second');
      done();
    });
    order.push('first');
    release();
    await look();
    await second;
    expect(order).toEqual(['first', 'second']);
    expect(existsSync(path)).toBe(false);
  });

  it('of a dead process is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(path, JSON.stringify({ ...thisHolder(), pid }));
    (await holdLock(path, never))();
  });

  it('of a machine without a heartbeat is taken over, but not while the heartbeat is recent', async () => {
    writeFileSync(path, JSON.stringify(elsewhere));
    pass(0);
    const waiting = holdLock(path, never);
    await look();
    pass(20_000);
    await look();
    expect(JSON.parse(readFileSync(path, 'utf8')).place).toBe(elsewhere.place);
    age(120_000);
    await look();
    pass(20_000);
    await look();
    (await waiting)();
  });

  it('has a heartbeat while a long file is read and timers are blocked', async () => {
    const release = await holdLock(path, never);
    const file = join(folder, 'file');
    writeFileSync(file, 'bytes');
    const past = new Date(Date.now() - 30_000);
    utimesSync(path, past, past);
    const silent = (): number => timeIn(folder) - statSync(path).mtimeMs;
    digestFile(file, beatIfDue);
    expect(silent()).toBeGreaterThan(20_000);
    pass(6000);
    digestFile(file, beatIfDue);
    expect(silent()).toBeLessThan(10_000);
    release();
    utimesSync(file, past, past);
    beatIfDue();
    expect(existsSync(path)).toBe(false);
  });

  it('is no longer waited for after the signal', async () => {
    const release = await holdLock(path, never);
    const abort = new AbortController();
    const waiting = holdLock(path, abort.signal);
    abort.abort();
    await stopped(waiting);
    release();
  });

  it('that a crash left incomplete is taken over when it is old', async () => {
    writeFileSync(path, '{"pid"');
    age(120_000);
    pass(0);
    const waiting = holdLock(path, never);
    await look();
    pass(20_000);
    await look();
    (await waiting)();
  });

  it.each([
    ['61 s ahead', 61_000],
    ['3 days ahead', 3 * 24 * 3600_000],
    ['an hour behind', -3600_000],
  ])('of another container is waited for by a machine whose clock is %s', async (_what, ms) => {
    writeFileSync(path, JSON.stringify({ ...elsewhere, pid: 1 }));
    const clock = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(clock + ms);
    pass(0);
    const abort = new AbortController();
    const waiting = holdLock(path, abort.signal);
    await look();
    pass(20_000);
    await look();
    expect(JSON.parse(readFileSync(path, 'utf8')).place).toBe(elsewhere.place);
    abort.abort();
    await stopped(waiting);
  });

  it('is not taken over when the clock of the disk jumps', async () => {
    writeFileSync(path, JSON.stringify(elsewhere));
    pass(0);
    const abort = new AbortController();
    const waiting = holdLock(path, abort.signal);
    await look();
    // The file looks two minutes old, and a moment later it is written again.
    age(120_000);
    await look();
    expect(existsSync(path)).toBe(true);
    age(0);
    pass(20_000);
    await look();
    expect(existsSync(path)).toBe(true);
    abort.abort();
    await stopped(waiting);
  });

  it('has a heartbeat by the clock of the disk, whatever time this machine has', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3 * 24 * 3600_000);
    const release = await holdLock(path, never);
    age(30_000);
    pass(6000);
    beatIfDue();
    expect(timeIn(folder) - statSync(path).mtimeMs).toBeLessThan(10_000);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(thisHolder());
    release();
  });

  it('that another process took over is not written, and is kept', async () => {
    const release = await holdLock(path, never);
    rmSync(path);
    writeFileSync(join(folder, 'other'), JSON.stringify(elsewhere));
    renameSync(join(folder, 'other'), path);
    age(30_000);
    pass(6000);
    beatIfDue();
    expect(timeIn(folder) - statSync(path).mtimeMs).toBeGreaterThan(20_000);
    release();
    expect(existsSync(path)).toBe(true);
  });

  it('is taken from an earlier start of the same job, and not from another job', async () => {
    setOwnJob('7_0 of here');
    const elsewhere = { pid: 1, place: 'elsewhere', host: 'n1' };
    writeFileSync(path, JSON.stringify({ ...elsewhere, job: '7_1 of here' }));
    const stop = new AbortController();
    const waiting = holdLock(path, stop.signal);
    await look();
    stop.abort();
    await stopped(waiting);
    writeFileSync(path, JSON.stringify({ ...elsewhere, job: '7_0 of here' }));
    (await holdLock(path, never))();
    expect(existsSync(path)).toBe(false);
  });
});
