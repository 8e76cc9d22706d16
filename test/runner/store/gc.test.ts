/** What garbage collection keeps, what it drops, and when it refuses. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { thisProcess } from '../../../src/base/maker.ts';
import { lockedStage, writeLock } from '../../../src/runner/history/lock-file.ts';
import { type GcRequest, gc, verify } from '../../../src/runner/index.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import type { Collection } from '../../../src/runner/store/collect.ts';
import { temporaryPath } from '../../../src/runner/store/durable.ts';
import { thisHolder } from '../../../src/runner/store/holder.ts';
import { storedObjects, storedRecords } from '../../../src/runner/store/inventory.ts';
import { lockForCollection, registerRun } from '../../../src/runner/store/live-run.ts';
import { Rig, seen } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const chain = (text: string, constant = false) => `
stages:
  a: { uses: make, with: { name: a, text: ${text}, constant: ${constant} } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

const never = new AbortController().signal;

async function collect(text: string, options: Partial<GcRequest> = {}): Promise<Collection> {
  const result = await tryCollect(text, options);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** By default no result is young. */
async function tryCollect(text: string, options: Partial<GcRequest> = {}): ReturnType<typeof gc> {
  return gc(rig.project(text), await rig.prepare(text), {
    keepMs: -1000,
    maxBytes: Number.POSITIVE_INFINITY,
    dryRun: false,
    signal: never,
    ...options,
  });
}

async function isWhole(text: string): Promise<boolean> {
  const watch = { signal: never, onProgress: () => undefined };
  return (await verify(rig.project(text), watch)).findings.length === 0;
}

/**
 * Every file below the artifacts, with its bytes and times. In one folder the clock is read, so its
 * time changes.
 */
function everything(): unknown[] {
  return readdirSync(rig.layout.root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(rig.layout.root, name);
      const { mtimeMs, size } = statSync(path);
      const time = path === rig.layout.temporary ? 'any' : mtimeMs;
      return [name, size, time, statSync(path).isFile() && readFileSync(path, 'base64')];
    });
}

const recordsNow = (): StageKey[] => [...storedRecords(rig.layout)].map(({ name }) => name).sort();
const objectsNow = (): string[] => [...storedObjects(rig.layout)].map(({ name }) => name).sort();

describe('gc', () => {
  it('keeps what the pipeline uses, and drops the rest with everything that only the rest names', async () => {
    await rig.run(chain('x'));
    const [records, objects] = [recordsNow(), objectsNow()];
    await rig.run(chain('y'));
    await rig.run(chain('x'));
    const { dropped, kept, keptFor, freedBytes } = await collect(chain('x'));
    expect(dropped.map(({ stage, why }) => [stage, why]).sort()).toEqual([
      ['a', 'old'],
      ['b', 'old'],
    ]);
    expect([kept.length, keptFor.pipeline]).toEqual([2, 2]);
    expect(freedBytes).toBeGreaterThan(0);
    expect([recordsNow(), objectsNow()]).toEqual([records, objects]);
    expect(await isWhole(chain('x'))).toBe(true);
    expect((await rig.run(chain('x'))).finished.executed).toBe(0);
    expect((await rig.run(chain('y'))).finished.executed).toBe(2);
  });

  it('frees exactly the bytes that it reports', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const bytes = (): number =>
      [...storedObjects(rig.layout), ...storedRecords(rig.layout)].reduce(
        (sum, { size }) => sum + size,
        0,
      );
    const before = bytes();
    const { freedBytes, keptBytes } = await collect(chain('y'));
    expect([before - bytes(), keptBytes]).toEqual([freedBytes, bytes()]);
  });

  it('keeps an object that a kept result shares', async () => {
    await rig.run(chain('x', true));
    await rig.run(chain('x', true).replace('name: a,', 'name: other,'));
    // The text is the same, the note is not.
    const { dropped, unreferenced } = await collect(
      chain('x', true).replace('name: a,', 'name: other,'),
    );
    expect([dropped.length, unreferenced.length]).toEqual([1, 2]);
    expect(await isWhole(chain('x', true))).toBe(true);
  });

  it('keeps the newest results of stages that the pipeline no longer has', async () => {
    await rig.run(chain('x'));
    const other = chain('z').replaceAll('a:', 'c:').replace('from: a', 'from: c');
    await rig.run(other);
    const { dropped, keptFor } = await collect(other);
    expect([dropped.length, keptFor.latest, keptFor.pipeline]).toEqual([1, 1, 2]);
  });

  it('keeps the results of named runs, and those that a lock names', async () => {
    await rig.run(chain('w'));
    await rig.run(chain('x'));
    const locked = await rig.prepare(chain('x'));
    const stages = [...locked.plan.decisions].flatMap(([id, decision]) => {
      if (decision.kind !== 'hit') return [];
      const { fingerprint } = locked.planContext.actions.get(decision.key)!;
      return [[id, lockedStage(decision.key, fingerprint, decision.outputs)] as const];
    });
    const lock = { facts: {}, configs: [], settings: [], stages: Object.fromEntries(stages) };
    writeLock(rig.layout, lock);
    await rig.run(chain('y'));
    const journal = join(rig.layout.run('run-0'), 'journal.jsonl');
    const named = readFileSync(journal, 'utf8').replace('"run":', '"name":"mine","run":');
    writeFileSync(journal, named);
    const first = await collect(chain('y'));
    expect(first.keptFor).toMatchObject({ pipeline: 2, latest: 0, 'named run': 2, lock: 2 });
    expect(first.dropped).toEqual([]);
    rmSync(journal);
    writeFileSync(rig.layout.pipelineLock, '<<<<<<< ours\n');
    const refused = await tryCollect(chain('y'));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'unreadable-lock' } });
    rmSync(rig.layout.pipelineLock);
    expect((await collect(chain('y'))).dropped).toHaveLength(4);
  });

  it('keeps the results of runs whose jobs on a cluster have not begun', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const orders = join(rig.layout.orders, 'run-0', '0');
    mkdirSync(orders, { recursive: true });
    const first = await collect(chain('y'));
    expect([first.dropped, first.keptFor.orders]).toEqual([[], 2]);
    // They never will begin.
    const long = new Date(1_600_000_000_000);
    utimesSync(orders, long, long);
    utimesSync(join(orders, '..'), long, long);
    await collect(chain('y'));
    expect((await collect(chain('y'))).dropped).toHaveLength(2);
  });

  it('keeps young results', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const { dropped, keptFor } = await collect(chain('y'), { keepMs: 60_000 });
    expect([dropped, keptFor.young]).toEqual([[], 2]);
  });

  it('drops the oldest until the rest fits, and never a protected one', async () => {
    const ages = new Map<string, number>();
    for (const [age, text] of ['v', 'w', 'x', 'y'].entries()) {
      const before = new Set(recordsNow());
      await rig.run(chain(text));
      for (const { name, path } of storedRecords(rig.layout)) {
        if (before.has(name)) continue;
        const time = new Date(Date.now() - (100 - age) * 60_000);
        utimesSync(path, time, time);
        ages.set(name, age);
      }
    }
    const keepMs = 24 * 3600_000;
    const all = await collect(chain('y'), { keepMs });
    expect(all.kept).toHaveLength(8);
    const half = await collect(chain('y'), { keepMs, maxBytes: all.keptBytes - 1000 });
    expect(half.keptBytes).toBeLessThanOrEqual(all.keptBytes - 1000);
    const gone = half.dropped.map(({ key }) => ages.get(key)!);
    const young = half.kept.map(({ key }) => ages.get(key)!);
    expect(Math.max(...gone)).toBeLessThanOrEqual(Math.min(...young));
    expect(half.dropped.every(({ why }) => why === 'over the limit')).toBe(true);
    const least = await collect(chain('y'), { keepMs, maxBytes: 0 });
    expect([least.kept.length, least.keptFor.pipeline]).toEqual([2, 2]);
    expect((await rig.run(chain('y'))).finished.executed).toBe(0);
  });

  it('changes nothing in a dry run, which reports what the next gc does', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    for (const { path } of [...storedObjects(rig.layout)].slice(0, 1)) {
      rmSync(path);
      writeFileSync(path, 'damaged');
    }
    mkdirSync(rig.layout.checkpoints('k' as StageKey), { recursive: true });
    const before = everything();
    const { live: _, ...dry } = await collect(chain('y'), { dryRun: true });
    expect(everything()).toEqual(before);
    const { live: __, ...wet } = await collect(chain('y'));
    expect(wet).toEqual(dry);
  });

  it('leaves no line about dropped files in the stat cache', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const { dropped, unreferenced, kept } = await collect(chain('y'));
    const shards = join(rig.layout.state, 'digests');
    const stats = readdirSync(shards)
      .map((name) => readFileSync(join(shards, name), 'utf8'))
      .join('');
    expect(dropped.length).toBeGreaterThan(0);
    for (const { key } of dropped) expect(stats).not.toContain(key);
    for (const digest of unreferenced) expect(stats).not.toContain(digest);
    for (const { key } of kept) expect(stats).toContain(key);
    expect((await rig.run(chain('y'))).finished.executed).toBe(0);
  });

  it('drops incomplete results, and their remaining files', async () => {
    await rig.run(chain('x'));
    const [object] = [...storedObjects(rig.layout)];
    rmSync(object!.path);
    const { dropped } = await collect(chain('x'));
    expect(dropped.map(({ why }) => why)).toContain('not whole');
    expect(await isWhole(chain('x'))).toBe(true);
    expect((await rig.run(chain('x'))).finished).toMatchObject({ failed: 0, remaining: 0 });
  });

  it('moves unreadable records aside', async () => {
    await rig.run(chain('x'));
    const [record] = [...storedRecords(rig.layout)];
    writeFileSync(record!.path, '{"record":"action/2"');
    const { unreadable } = await collect(chain('x'));
    expect(unreadable).toEqual([record!.name]);
    expect(readdirSync(rig.layout.corrupt)).toEqual([`${record!.name}.json`]);
  });

  it('removes unused checkpoints, files of dead processes, and old damaged files', async () => {
    await rig.run(chain('x'));
    const { layout } = rig;
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    const old = new Date(Date.now() - 60 * 24 * 3600_000);
    const keepMs = 24 * 3600_000;
    const put = (path: string, time?: Date): string => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'x');
      if (time) for (const one of [path, dirname(path)]) utimesSync(one, time, time);
      return path;
    };
    const mine = temporaryPath(layout.temporary);
    const dead = mine.replace(String(process.pid), String(pid));
    const going = [
      put(join(layout.checkpoints(recordsNow()[0]!), 'state')),
      put(join(layout.checkpoints('old' as StageKey), 'state'), old),
      put(dead),
      put(join(layout.corrupt, 'old'), old),
      put(layout.lock('dead' as StageKey)),
    ];
    writeFileSync(going[4]!, JSON.stringify({ ...thisHolder(), pid }));
    const staying = [
      put(join(layout.checkpoints('new' as StageKey), 'state')),
      put(mine),
      put(join(layout.corrupt, 'new')),
    ];
    const { leftovers, freedBytes } = await collect(chain('x'), { keepMs });
    expect(leftovers.map(({ kind }) => kind)).toEqual([
      'checkpoint',
      'checkpoint',
      'temporary',
      'damaged',
      'lock',
    ]);
    expect(freedBytes).toBe(4 + leftovers[4]!.bytes);
    expect(going.filter((path) => existsSync(path))).toEqual([]);
    expect(staying.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('keeps the checkpoints that the next run continues from, however old they are', async () => {
    await rig.run(chain('x'));
    const decision = [...(await rig.prepare(chain('y'))).plan.decisions.values()][0]!;
    if (decision.kind !== 'run') throw new Error('it has no result yet');
    const folder = rig.layout.checkpoints(decision.key);
    const old = new Date(Date.now() - 60 * 24 * 3600_000);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'state'), 'x');
    for (const path of [join(folder, 'state'), folder]) utimesSync(path, old, old);
    expect((await collect(chain('y'), { keepMs: 0 })).leftovers).toEqual([]);
    expect(existsSync(join(folder, 'state'))).toBe(true);
    // No stage uses it any more.
    expect((await collect(chain('x'), { keepMs: 0 })).leftovers).toHaveLength(1);
    expect(existsSync(folder)).toBe(false);
  });

  it('drops nothing if it is stopped, and the rest later', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const stopped = await collect(chain('y'), { signal: AbortSignal.abort() });
    expect(stopped.interrupted).toBe(true);
    expect(recordsNow()).toHaveLength(4);
    await collect(chain('y'));
    expect(recordsNow()).toHaveLength(2);
  });
});

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
    const before = recordsNow();
    const refused = await tryCollect(chain('x'));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'busy' } });
    expect(JSON.stringify(refused)).toContain(`"what":"run run-1"`);
    expect(existsSync(rig.layout.gcLock)).toBe(false);
    expect(recordsNow()).toEqual(before);
    held.finish();
    expect((await running).finished).toMatchObject({ executed: 2, failed: 0 });
    expect(readdirSync(rig.layout.live)).toEqual([]);
    expect((await tryCollect(chain('y'))).ok).toBe(true);
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
    const { leftovers } = await collect(chain('x'));
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
    expect(await tryCollect(chain('x'))).toMatchObject({ ok: false, error: { kind: 'busy' } });
    expect((await collect(chain('x'), { dryRun: true })).live).toHaveLength(1);
  });

  it.each([61_000, 3 * 24 * 3600_000, -3600_000])(
    'refuses beside a run elsewhere, with a clock that is %d ms ahead',
    async (ms) => {
      put(join(rig.layout.live, '1'), inOtherContainer(deadPid));
      vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
      expect(await tryCollect(chain('x'))).toMatchObject({ ok: false, error: { kind: 'busy' } });
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
    expect(await tryCollect(chain('x'))).toMatchObject({ ok: false, error: { kind: 'busy' } });
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
