/** What garbage collection does with damaged results, checkpoints and files of dead processes. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import { temporaryPath } from '../../../src/runner/store/durable.ts';
import { thisHolder } from '../../../src/runner/store/holder.ts';
import { storedObjects, storedRecords } from '../../../src/runner/store/inventory.ts';
import { chain, GcRig } from './gc-rig.ts';

let rig: GcRig;
beforeEach(() => {
  rig = new GcRig();
});
afterEach(() => rig.remove());

describe('gc', () => {
  it('leaves no line about dropped files in the stat cache', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    const { dropped, unreferenced, kept } = await rig.collect(chain('y'));
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
    const { dropped } = await rig.collect(chain('x'));
    expect(dropped.map(({ why }) => why)).toContain('not whole');
    expect(await rig.isWhole(chain('x'))).toBe(true);
    expect((await rig.run(chain('x'))).finished).toMatchObject({ failed: 0, remaining: 0 });
  });

  it('moves unreadable records aside', async () => {
    await rig.run(chain('x'));
    const [record] = [...storedRecords(rig.layout)];
    writeFileSync(record!.path, '{"record":"action/2"');
    const { unreadable } = await rig.collect(chain('x'));
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
      put(join(layout.checkpoints(rig.recordsNow()[0]!), 'state')),
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
    const { leftovers, freedBytes } = await rig.collect(chain('x'), { keepMs });
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
    expect((await rig.collect(chain('y'), { keepMs: 0 })).leftovers).toEqual([]);
    expect(existsSync(join(folder, 'state'))).toBe(true);
    // No stage uses it any more.
    expect((await rig.collect(chain('x'), { keepMs: 0 })).leftovers).toHaveLength(1);
    expect(existsSync(folder)).toBe(false);
  });
});
