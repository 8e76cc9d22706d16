/** `verify` finds what no run notices, and a run repairs what it found. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../src/runner/index.ts';
import { DamageRig, kinds, text, ways } from './damage-rig.ts';
import { damageUnseen } from './unseen-damage.ts';

let rig: DamageRig;
beforeEach(() => {
  rig = new DamageRig();
});
afterEach(() => rig.remove());

describe('verify', () => {
  const verified = () =>
    verify(rig.project(text), {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });

  it('finds a shown file that is damaged but has the same size and time', async () => {
    await rig.ready();
    const before = rig.shown();
    damageUnseen(join(rig.layout.latest, 'b/out/value.txt'));
    expect((await verified()).findings).toEqual([
      { type: 'damaged-copy', path: 'latest/b/out/value.txt', moved: true },
    ]);
    expect((await rig.run(text)).finished.executed).toBe(0);
    await rig.expectWhole(before);
    expect((await verified()).findings).toEqual([]);
  });

  it.each(Object.keys(ways))(
    'finds what its note can not name, if that note was %s',
    async (way) => {
      await rig.ready();
      const before = rig.shown();
      const note = join(rig.layout.latest, 'a/.outputs');
      const written = readFileSync(note, 'utf8');
      ways[way]!(note, rig);
      // A run with nothing to do does not look at the notes of small results.
      expect((await rig.run(text)).idle).toBe(true);
      damageUnseen(join(rig.layout.latest, 'a/out/value.txt'));
      const { findings } = await verified();
      const isFound = way !== 'gone' && way !== 'a link to its bytes';
      expect(findings.filter(({ type }) => type === 'damaged-note')).toEqual(
        isFound ? [{ type: 'damaged-note', path: 'latest/a/.outputs', moved: true }] : [],
      );
      const { finished, events } = await rig.run(text);
      expect(finished).toMatchObject({ executed: 0, failed: 0 });
      expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
      expect(readFileSync(note, 'utf8')).toBe(written);
      await rig.expectWhole(before);
      expect((await verified()).findings).toEqual([]);
      expect((await rig.run(text)).idle).toBe(true);
    },
  );

  it('finds the same for an instance, from the documents too', async () => {
    const instances = `
stages:
  a: { uses: make, matrix: { i: [x/y, z] }, with: { name: "a \${matrix.i}" } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;
    const check = () =>
      verify(rig.project(instances), {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
    await rig.run(instances);
    const before = rig.shown();
    const folders = readdirSync(join(rig.layout.latest, 'a'));
    for (const withRows of [true, false]) {
      for (const folder of folders) {
        writeFileSync(join(rig.layout.latest, 'a', folder, '.outputs'), '{}');
        damageUnseen(join(rig.layout.latest, 'a', folder, 'out/value.txt'));
      }
      expect((await check()).findings).toHaveLength(folders.length);
      if (!withRows) rmSync(rig.layout.lastPlan);
      expect((await rig.run(instances)).finished).toMatchObject({ executed: 0, failed: 0 });
      expect(rig.shown()).toEqual(before);
      expect((await check()).findings).toEqual([]);
      expect((await rig.run(instances)).idle).toBe(true);
    }
  });

  it('makes a run rebuild what it found damaged, even if a stat shows no change', async () => {
    await rig.ready();
    const before = rig.shown();
    for (const path of [kinds['a large object']!.find(rig), kinds['a record']!.find(rig)])
      damageUnseen(path);
    expect((await verified()).findings.length).toBeGreaterThan(1);
    expect((await rig.run(text)).finished.executed).toBe(2);
    await rig.expectWhole(before);
  });
});
