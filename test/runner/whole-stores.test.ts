/** A store that was copied, cut or emptied: its results are built again, or it is said why not. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { prepare } from '../../src/runner/index.ts';
import { DamageRig, kinds, LARGE, text } from './damage-rig.ts';
import { damageUnseen } from './unseen-damage.ts';

let rig: DamageRig;
beforeEach(() => {
  rig = new DamageRig();
});
afterEach(() => rig.remove());

describe('a store', () => {
  it.each(['objects', 'actions', 'locks', 'tmp'] as const)(
    'with a file in the place of each folder of its %s is made again',
    async (name) => {
      await rig.ready();
      const before = rig.shown();
      const folder = join(rig.layout.root, 'store', name);
      const isSharded = name === 'objects' || name === 'actions';
      for (const one of isSharded
        ? readdirSync(folder).map((shard) => join(folder, shard))
        : [folder]) {
        rmSync(one, { recursive: true, force: true });
        writeFileSync(one, 'in the way');
      }
      expect((await rig.run(text)).finished).toMatchObject({ failed: 0, skipped: 0, remaining: 0 });
      await rig.expectWhole(before);
    },
  );

  it('of empty objects, as after a power cut, is built again', async () => {
    await rig.ready();
    const before = rig.shown();
    for (const path of rig.objects()) {
      chmodSync(path, 0o644);
      truncateSync(path, 0);
    }
    rmSync(rig.layout.latest, { recursive: true });
    expect((await rig.run(text)).finished).toMatchObject({ executed: 3, failed: 0 });
    await rig.expectWhole(before);
  });

  it('whose large object is damaged shows the new bytes, and not the old file', async () => {
    await rig.ready();
    const path = join(rig.layout.latest, 'large/out/value.txt');
    const { ino } = statSync(path);
    chmodSync(path, 0o644);
    truncateSync(path, 1000);
    const { finished, events } = await rig.run(text);
    expect(finished.executed).toBe(1);
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(statSync(path)).toMatchObject({ size: LARGE });
    expect(statSync(path).ino).not.toBe(ino);
  });

  it('that was copied is read once, and nothing is built again', async () => {
    await rig.ready();
    const before = rig.shown();
    const copy = join(rig.root, 'copy');
    cpSync(rig.layout.root, copy, { recursive: true });
    rmSync(rig.layout.root, { recursive: true });
    renameSync(copy, rig.layout.root);
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 3 });
    await rig.expectWhole(before);
  });

  it('that was copied with one damaged file is not trusted', async () => {
    await rig.ready();
    const before = rig.shown();
    damageUnseen(kinds['an object']!.find(rig));
    const copy = join(rig.root, 'copy');
    execFileSync('cp', ['-a', rig.layout.root, copy]);
    rmSync(rig.layout.root, { recursive: true });
    renameSync(copy, rig.layout.root);
    expect((await rig.run(text)).finished.executed).toBeGreaterThan(0);
    await rig.expectWhole(before);
  });

  it("that can't be read does not count as empty: the plan fails with a sentence", async () => {
    await rig.ready();
    const shard = dirname(kinds['an object']!.find(rig));
    rmSync(shard, { recursive: true });
    symlinkSync(shard, shard);
    const prepared = await prepare(rig.project(text), {
      configs: [],
      settings: [],
      targets: [],
      forced: [],
    });
    expect(prepared).toMatchObject({
      ok: false,
      error: {
        diagnostics: [{ message: expect.stringMatching(/^the store can't be read: ELOOP/) }],
      },
    });
  });

  it('whose index was truncated reports what the record says, and not an older line', async () => {
    const one = 'stages: { a: { uses: make, with: { name: a } } }\n';
    await rig.run(one);
    const index = readFileSync(rig.layout.lastResults);
    let number = 0;
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), `made again ${number++}`);
      writeFileSync(join(outputs.other!, 'note.txt'), 'a');
      return ok(undefined);
    });
    const forced = await rig.run(one, { forced: ['a'] });
    writeFileSync(rig.layout.lastResults, index);
    const next = await rig.run(one);
    expect(next.finished.executed).toBe(0);
    expect(rig.outputText(next, 'a')).toBe(rig.outputText(forced, 'a'));
  });
});
