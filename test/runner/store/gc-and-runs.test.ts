/** Garbage collection beside runs and other collections: who waits, who refuses, and what the dead leave. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { thisProcess } from '../../../src/base/maker.ts';
import { temporaryPath } from '../../../src/runner/store/durable.ts';
import { thisHolder } from '../../../src/runner/store/holder.ts';
import { storedObjects, storedRecords } from '../../../src/runner/store/inventory.ts';
import { lockForCollection, registerRun } from '../../../src/runner/store/live-run.ts';
import { seen } from '../rig.ts';
import { chain, GcRig, never } from './gc-rig.ts';

let rig: GcRig;
beforeEach(() => {
  rig = new GcRig();
});
afterEach(() => rig.remove());

/** A holder with this pid in another container on this machine. */
function inOtherContainer(pid: number): object {
  return { ...thisHolder('run r'), pid, place: '0123456789ab' };
}

describe('gc and runs', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const put = (path: string, holder: object): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(holder));
    return path;
  };
  const { pid: deadPid } = spawnSync(process.execPath, ['-e', '0']);
  const past = new Date(Date.now() - 120_000);

  it('exclude each other: gc refuses while a run computes, and works after it', async () => {
    await rig.run(chain('x'));
    rig.executor.hold('a');
    const running = rig.run(chain('y'));
    const held = await rig.executor.next('a');
    const before = rig.recordsNow();
    const refused = await rig.tryCollect(chain('x'));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'busy' } });
    expect(JSON.stringify(refused)).toContain(`"what":"run run-1"`);
    expect(existsSync(rig.layout.gcLock)).toBe(false);
    expect(rig.recordsNow()).toEqual(before);
    held.finish();
    expect((await running).finished).toMatchObject({ executed: 2, failed: 0 });
    expect(readdirSync(rig.layout.live)).toEqual([]);
    expect((await rig.tryCollect(chain('y'))).ok).toBe(true);
  });

  it('exclude each other: a run waits for gc, reports that, and starts nothing before', async () => {
    const alone = lockForCollection(rig.layout);
    if (!alone.ok) throw new Error('it is held');
    const [waiting, onEvent] = seen('warning');
    const running = rig.run(chain('x'), { onEvent });
    await waiting;
    expect(rig.executor.counts.size).toBe(0);
    expect(readdirSync(rig.layout.live)).toEqual([]);
    alone.value();
    const { finished, events } = await running;
    expect(finished).toMatchObject({ executed: 2, failed: 0 });
    const warnings = events.filter(({ type }) => type === 'warning');
    expect(JSON.stringify(warnings)).toMatch(/waiting for gc \(pid \d+ on .*\)/);
  });

  it('a run that waits for gc can be stopped', async () => {
    const alone = lockForCollection(rig.layout);
    const abort = new AbortController();
    const running = rig.run(chain('x'), { signal: abort.signal });
    abort.abort();
    expect((await running).finished).toMatchObject({ executed: 0, failed: 0, interrupted: true });
    if (alone.ok) alone.value();
  });

  it('a run with a planned hit builds it again if gc removes it before the run begins', async () => {
    await rig.run(chain('x'));
    const alone = lockForCollection(rig.layout);
    const [waiting, onEvent] = seen('warning');
    const running = rig.run(chain('x'), { onEvent });
    await waiting;
    for (const { path } of [...storedRecords(rig.layout), ...storedObjects(rig.layout)]) {
      rmSync(path);
    }
    if (alone.ok) alone.value();
    const { finished, events } = await running;
    expect(events[0]).toMatchObject({ plan: { run: 0, pending: 0, hit: 2 } });
    expect(finished).toMatchObject({ executed: 2, failed: 0 });
  });

  it('removes markers and locks of dead processes, even if their pid was reused', async () => {
    const { live, gcLock } = rig.layout;
    const { started, ...mine } = thisHolder();
    const markers = [
      put(join(live, '1'), { ...thisHolder(), pid: deadPid }),
      put(join(live, '2'), { pid: 1, host: 'elsewhere' }),
      ...(started ? [put(join(live, '3'), { ...mine, started: 'before' })] : []),
    ];
    utimesSync(markers[1]!, past, past);
    put(gcLock, { ...thisHolder(), pid: deadPid });
    await rig.run(chain('x'));
    put(gcLock, { ...thisHolder(), pid: deadPid });
    const { leftovers } = await rig.collect(chain('x'));
    expect(leftovers.filter(({ kind }) => kind === 'lock')).toHaveLength(markers.length);
    expect([readdirSync(live), existsSync(gcLock)]).toEqual([[], false]);
  });

  it.each([
    ['a process of this machine that was suspended for long', thisHolder('run r'), true],
    ['a process elsewhere with a recent heartbeat', { pid: 1, host: 'elsewhere' }, false],
    ['a process in another container with a recent heartbeat', inOtherContainer(deadPid), false],
    ['a process before the last boot, with this host name', inOtherContainer(process.pid), false],
    ['a marker that is not completely written', 'x', false],
    ['a stage of a program that writes no markers', { pid: process.pid, host: hostname() }, false],
  ])('refuses beside %s', async (_what, holder, silent) => {
    if (silent && !thisHolder().started) return;
    const marker = join(rig.layout.live, '1');
    put(marker, holder as object);
    if (silent) utimesSync(marker, past, past);
    expect(await rig.tryCollect(chain('x'))).toMatchObject({ ok: false, error: { kind: 'busy' } });
    expect((await rig.collect(chain('x'), { dryRun: true })).live).toHaveLength(1);
  });

  it.each([61_000, 3 * 24 * 3600_000, -3600_000])(
    'refuses beside a run elsewhere, with a clock that is %d ms ahead',
    async (ms) => {
      put(join(rig.layout.live, '1'), inOtherContainer(deadPid));
      vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
      expect(await rig.tryCollect(chain('x'))).toMatchObject({
        ok: false,
        error: { kind: 'busy' },
      });
    },
  );

  it('a run keeps the workspaces of another container, and removes those of dead processes', async () => {
    const { layout } = rig;
    const mine = basename(temporaryPath(layout.workspaces));
    const { place } = thisProcess();
    const names = {
      live: mine,
      dead: mine.replace(/^\d+/, String(deadPid)),
      elsewhere: mine.replace(place, '0123456789ab').replace(/^\d+/, String(deadPid)),
      'pid used again': mine.replace(/-\d+-/, '-1-'),
      'another version': `${deadPid}@01234567-abc-0`,
    };
    for (const name of Object.values(names))
      mkdirSync(join(layout.workspaces, name, 'out'), { recursive: true });
    await rig.run(chain('x'));
    const left = Object.entries(names).filter(([, name]) =>
      existsSync(join(layout.workspaces, name)),
    );
    const again = thisProcess().started ? [] : ['pid used again'];
    expect(left.map(([what]) => what)).toEqual(['live', 'elsewhere', ...again, 'another version']);
  });

  it('refuses beside another gc', async () => {
    const alone = lockForCollection(rig.layout);
    expect(await rig.tryCollect(chain('x'))).toMatchObject({ ok: false, error: { kind: 'busy' } });
    if (alone.ok) alone.value();
  });

  it('at least one gives way if both start at the same time', async () => {
    // In either order, because each writes its file before it looks for the other's.
    const release = await registerRun(rig.layout, 'run r', never, () => undefined);
    expect(lockForCollection(rig.layout).ok).toBe(false);
    release();
    const alone = lockForCollection(rig.layout);
    expect(alone.ok).toBe(true);
    let waited = 0;
    const waiting = registerRun(rig.layout, 'run r', never, () => waited++);
    expect(waited).toBe(1);
    if (alone.ok) alone.value();
    (await waiting)();
  });
});
