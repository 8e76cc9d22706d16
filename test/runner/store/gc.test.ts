/** Which results garbage collection keeps, and which it drops. */
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockedStage, writeLock } from '../../../src/runner/history/lock-file.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import { storedObjects, storedRecords } from '../../../src/runner/store/inventory.ts';
import { chain, GcRig } from './gc-rig.ts';

let rig: GcRig;
beforeEach(() => {
  rig = new GcRig();
});
afterEach(() => rig.remove());

describe('gc', () => {
  it('keeps what the pipeline uses, and drops the rest with everything that only the rest names', async () => {
    await rig.run(chain('x'));
    const [records, objects] = [rig.recordsNow(), rig.objectsNow()];
    await rig.run(chain('y'));
    await rig.run(chain('x'));
    const { dropped, kept, keptFor, freedBytes } = await rig.collect(chain('x'));
    expect(dropped.map(({ stage, why }) => [stage, why]).sort()).toEqual([
      ['a', 'old'],
      ['b', 'old'],
    ]);
    expect([kept.length, keptFor.pipeline]).toEqual([2, 2]);
    expect(freedBytes).toBeGreaterThan(0);
    expect([rig.recordsNow(), rig.objectsNow()]).toEqual([records, objects]);
    expect(await rig.isWhole(chain('x'))).toBe(true);
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
    const { freedBytes, keptBytes } = await rig.collect(chain('y'));
    expect([before - bytes(), keptBytes]).toEqual([freedBytes, bytes()]);
  });

  it('keeps an object that a kept result shares', async () => {
    await rig.run(chain('x', true));
    await rig.run(chain('x', true).replace('name: a,', 'name: other,'));
    // The text is the same, the note is not.
    const { dropped, unreferenced } = await rig.collect(
      chain('x', true).replace('name: a,', 'name: other,'),
    );
    expect([dropped.length, unreferenced.length]).toEqual([1, 2]);
    expect(await rig.isWhole(chain('x', true))).toBe(true);
  });

  it('keeps the newest results of stages that the pipeline no longer has', async () => {
    await rig.run(chain('x'));
    const other = chain('z').replaceAll('a:', 'c:').replace('from: a', 'from: c');
    await rig.run(other);
    const { dropped, keptFor } = await rig.collect(other);
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
    const first = await rig.collect(chain('y'));
    expect(first.keptFor).toMatchObject({ pipeline: 2, latest: 0, 'named run': 2, lock: 2 });
    expect(first.dropped).toEqual([]);
    rmSync(journal);
    writeFileSync(rig.layout.pipelineLock, '<<<<<<< ours\n');
    const refused = await rig.tryCollect(chain('y'));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'unreadable-lock' } });
    rmSync(rig.layout.pipelineLock);
    expect((await rig.collect(chain('y'))).dropped).toHaveLength(4);
  });

  it('keeps the results of runs whose jobs on a cluster have not begun', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const orders = join(rig.layout.orders, 'run-0', '0');
    mkdirSync(orders, { recursive: true });
    const first = await rig.collect(chain('y'));
    expect([first.dropped, first.keptFor.orders]).toEqual([[], 2]);
    // They never will begin.
    const long = new Date(1_600_000_000_000);
    utimesSync(orders, long, long);
    utimesSync(join(orders, '..'), long, long);
    await rig.collect(chain('y'));
    expect((await rig.collect(chain('y'))).dropped).toHaveLength(2);
  });

  it('keeps young results', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const { dropped, keptFor } = await rig.collect(chain('y'), { keepMs: 60_000 });
    expect([dropped, keptFor.young]).toEqual([[], 2]);
  });

  it('drops the oldest until the rest fits, and never a protected one', async () => {
    const ages = new Map<string, number>();
    for (const [age, text] of ['v', 'w', 'x', 'y'].entries()) {
      const before = new Set(rig.recordsNow());
      await rig.run(chain(text));
      for (const { name, path } of storedRecords(rig.layout)) {
        if (before.has(name)) continue;
        const time = new Date(Date.now() - (100 - age) * 60_000);
        utimesSync(path, time, time);
        ages.set(name, age);
      }
    }
    const keepMs = 24 * 3600_000;
    const all = await rig.collect(chain('y'), { keepMs });
    expect(all.kept).toHaveLength(8);
    const half = await rig.collect(chain('y'), { keepMs, maxBytes: all.keptBytes - 1000 });
    expect(half.keptBytes).toBeLessThanOrEqual(all.keptBytes - 1000);
    const gone = half.dropped.map(({ key }) => ages.get(key)!);
    const young = half.kept.map(({ key }) => ages.get(key)!);
    expect(Math.max(...gone)).toBeLessThanOrEqual(Math.min(...young));
    expect(half.dropped.every(({ why }) => why === 'over the limit')).toBe(true);
    const least = await rig.collect(chain('y'), { keepMs, maxBytes: 0 });
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
    const before = rig.everything();
    const { live: _, ...dry } = await rig.collect(chain('y'), { dryRun: true });
    expect(rig.everything()).toEqual(before);
    const { live: __, ...wet } = await rig.collect(chain('y'));
    expect(wet).toEqual(dry);
  });

  it('drops nothing if it is stopped, and the rest later', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const stopped = await rig.collect(chain('y'), { signal: AbortSignal.abort() });
    expect(stopped.interrupted).toBe(true);
    expect(rig.recordsNow()).toHaveLength(4);
    await rig.collect(chain('y'));
    expect(rig.recordsNow()).toHaveLength(2);
  });
});
