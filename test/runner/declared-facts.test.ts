/** Facts that matter to some stage types only. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chain } from './facts-rig.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

describe('facts that only some stage types declare', () => {
  const text = `${chain}  t1: { uses: time, with: { name: t1 } }
  t2: { uses: time, with: { name: t2 } }
  t3: { uses: time, with: { name: t3 } }
  t4: { uses: time, with: { name: t4 } }
`;
  beforeEach(() => {
    rig.types.set('time', { ...rig.types.get('make')!, name: 'time', environment: ['processor'] });
    rig.codes = { ...rig.codes, time: rig.codes.make! };
    rig.facts = { backend: 'test 1', processor: 'old' };
  });

  it('are named when facts are chosen, from the last plan and without it', async () => {
    await rig.run(chain);
    expect(rig.known.at(-1)!.names).toEqual(['backend']);
    await rig.run(text);
    expect(rig.known.at(-1)!.names).toEqual(['backend', 'processor']);
    const again = await rig.prepare(text);
    expect(again.rows).toBeDefined();
    expect(rig.known.at(-1)!.names).toEqual(['backend', 'processor']);
  });

  it('are not part of the other keys', async () => {
    await rig.run(text);
    rig.facts = { backend: 'test 1', processor: 'new' };
    const { executed } = await rig.run(text);
    expect([...executed].sort()).toEqual(['t1', 't2', 't3', 't4']);
  });

  it('do not hide the backend of the results, even if most results have no backend', async () => {
    await rig.run(text);
    rmSync(rig.layout.lastPlan);
    await rig.prepare(text);
    expect(rig.known.at(-1)!.kept).toEqual({ backend: 'test 1', processor: 'old' });
  });
});

describe('a fact that matters beside another type', () => {
  const facts = { backend: 'test 1', speed: 'fast 1' };
  const both = `${chain}  other: { uses: other, with: { name: z } }\n`;
  beforeEach(() => {
    const make = rig.types.get('make')!;
    rig.types.set('make', { ...make, environmentWith: { other: ['speed'] } });
    rig.types.set('other', { ...make, name: 'other', environment: [] });
    rig.codes = { ...rig.codes, other: rig.codes.make! };
    rig.facts = facts;
  });

  it('is part of keys there, and of no others', async () => {
    await rig.run(chain);
    expect(rig.known.at(-1)).toMatchObject({ names: ['backend'] });
    rig.facts = { ...facts, speed: 'slow 1' };
    expect((await rig.prepare(chain)).plan.counts).toMatchObject({ run: 0 });
    await rig.run(both);
    expect(rig.known.at(-1)).toMatchObject({ names: ['backend', 'speed'] });
  });

  it('is found out again from the last plan', async () => {
    await rig.run(both);
    const same = await rig.prepare(both);
    expect(same.rows).toBeDefined();
    expect(same.plan.counts).toMatchObject({ run: 0, pending: 0 });
    expect(rig.known.at(-1)).toMatchObject({ names: ['backend', 'speed'], kept: facts });
    rig.facts = { ...facts, speed: 'slow 1' };
    const { counts } = (await rig.prepare(both)).plan;
    expect(counts.run + counts.pending).toBe(3);
  });
});
