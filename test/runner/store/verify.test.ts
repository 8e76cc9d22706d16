/** What `verify` reports about a damaged store, and that a run repairs it. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../../src/runner/index.ts';
import { ActionCache } from '../../../src/runner/store/action-cache.ts';
import { storedObjects, storedRecords } from '../../../src/runner/store/inventory.ts';
import { seal, unseal } from '../../../src/runner/store/sealed-json.ts';
import type { Verification } from '../../../src/runner/store/verify.ts';
import { Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const text = `
vars: { rates: [1, 2, 3] }
stages:
  base: { uses: make, with: { name: base, text: "ünï \\\\u001f \\u001f 1e-7" } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "x \${matrix.rate}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
`;

const stages = ['base', 'part[rate=1]', 'part[rate=2]', 'part[rate=3]', 'end'];

function verified(signal = new AbortController().signal): Promise<Verification> {
  return verify(rig.project(text), { signal, onProgress: () => undefined });
}

/** A generator of integers below `limit`, the same ones each time. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function flipBit(path: string, bit: number): void {
  const bytes = readFileSync(path);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

describe('verify', () => {
  it('reports nothing for a complete store, or an empty one', async () => {
    expect(await verified()).toMatchObject({ objects: 0, records: 0, bytes: 0, findings: [] });
    await rig.run(text);
    const { objects, records, bytes, findings, rerun } = await verified();
    expect([records, findings, rerun]).toEqual([5, [], []]);
    const sizes = [...storedObjects(rig.layout)].map(({ size }) => size);
    expect([objects, bytes]).toEqual([sizes.length, sizes.reduce((sum, size) => sum + size, 0)]);
  });

  it('finds each of 100 flipped bits, and a run repairs them all', async () => {
    const before = await rig.run(text);
    const wanted = stages.map((stage) => rig.outputText(before, stage));
    const next = seeded(7);
    let inObjects = 0;
    for (let flip = 0; flip < 100; flip++) {
      const files = [
        ...[...storedObjects(rig.layout)].map((file) => ({ ...file, type: 'damaged-object' })),
        ...[...storedRecords(rig.layout)].map((file) => ({ ...file, type: 'damaged-record' })),
      ];
      const file = files[next(files.length)]!;
      if (file.type === 'damaged-object') inObjects++;
      const bit = next(file.size * 8);
      flipBit(file.path, bit);
      const { findings, rerun } = await verified();
      const name = file.type === 'damaged-object' ? 'digest' : 'key';
      expect(findings, `bit ${bit} of ${file.path}`).toContainEqual(
        expect.objectContaining({ type: file.type, [name]: file.name, moved: true }),
      );
      expect(rerun.length).toBeGreaterThan(0);
      const after = await rig.run(text);
      expect(after.finished).toMatchObject({ failed: 0, remaining: 0 });
      expect([...new Set(after.executed)].sort()).toEqual(rerun);
      expect(stages.map((stage) => rig.outputText(after, stage))).toEqual(wanted);
      expect((await verified()).findings).toEqual([]);
    }
    expect(inObjects).toBeGreaterThan(30);
    expect(inObjects).toBeLessThan(95);
    expect(readdirSync(rig.layout.corrupt)).toHaveLength(100);
  });

  it('finds many at once', async () => {
    const before = await rig.run(text);
    const next = seeded(11);
    const files = [...storedObjects(rig.layout), ...storedRecords(rig.layout)];
    for (const { path, size } of files) flipBit(path, next(size * 8));
    const { findings } = await verified();
    expect(findings.filter(({ type }) => type.startsWith('damaged'))).toHaveLength(files.length);
    expect(readdirSync(rig.layout.corrupt)).toHaveLength(files.length);
    const after = await rig.run(text);
    expect(rig.outputText(after, 'end')).toBe(rig.outputText(before, 'end'));
    expect((await verified()).findings).toEqual([]);
  });

  it('reports which files of which stage are gone, and keeps the record', async () => {
    await rig.run(text);
    const store = [...storedObjects(rig.layout)];
    for (const { path } of store) rmSync(path);
    const { findings, rerun } = await verified();
    expect(rerun).toEqual([...stages].sort());
    expect(findings).toHaveLength(10);
    expect(findings).toContainEqual(
      expect.objectContaining({ type: 'missing-file', stage: 'end', port: 'other' }),
    );
    expect([...storedRecords(rig.layout)]).toHaveLength(5);
  });

  it('finds a folder in the place of a record, and a run builds the result again', async () => {
    await rig.run(text);
    const record = [...storedRecords(rig.layout)].find(({ name }) =>
      new ActionCache(rig.layout).get(name)?.provenance.stage.startsWith('end'),
    )!;
    rmSync(record.path);
    mkdirSync(join(record.path, 'inside'), { recursive: true });
    const { findings, rerun } = await verified();
    expect(findings).toEqual([
      expect.objectContaining({ type: 'damaged-record', key: record.name, moved: true }),
    ]);
    expect(rerun).toEqual(['end']);
    expect((await rig.run(text)).executed).toEqual(['end']);
    expect((await verified()).findings).toEqual([]);
  });

  it('keeps records of a newer program', async () => {
    await rig.run(text);
    const [record] = [...storedRecords(rig.layout)];
    writeFileSync(record!.path, `${seal({ record: 'action/9', news: true }, 2)}\n`);
    const { findings } = await verified();
    expect(findings).toEqual([{ type: 'unknown-record', key: record!.name }]);
    expect(new ActionCache(rig.layout).get(record!.name)).toBeUndefined();
  });

  it('stops by its signal', async () => {
    await rig.run(text);
    expect(await verified(AbortSignal.abort())).toMatchObject({ objects: 0, interrupted: true });
  });
});

describe('a record', () => {
  it('reads as a miss whichever bit of it is flipped', async () => {
    await rig.run(text);
    const { path, name } = [...storedRecords(rig.layout)][0]!;
    const whole = readFileSync(path);
    const actions = new ActionCache(rig.layout);
    expect(actions.get(name)).toBeDefined();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, damaged);
      expect(actions.look(name).kind, `bit ${bit}`).toBe('damaged');
    }
  });

  it('without a seal, from an older program, is still read', async () => {
    await rig.run(text);
    for (const { path } of storedRecords(rig.layout)) {
      const { check: _check, ...record } = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, `${JSON.stringify({ ...record, record: 'action/1' }, null, 2)}\n`);
    }
    expect((await verified()).findings).toEqual([]);
    expect((await rig.run(text)).finished.executed).toBe(0);
  });
});

describe('a seal', () => {
  it('is valid on one line and on many, and breaks with any change', () => {
    const value = { stage: 'a', number: 1e-7, 'check ': '","check":"x"}' };
    for (const indent of [0, 2]) {
      const sealed = seal(value, indent);
      expect(unseal(sealed)).toMatchObject({ sealed: true, value });
      expect(unseal(sealed.replace('1e-7', '1E-7'))).toMatchObject({ sealed: false });
      expect(unseal(sealed.replace('"a"', '"b"'))).toMatchObject({ sealed: false });
      expect(unseal(sealed.slice(0, -1))).toBeUndefined();
    }
    expect(unseal('{"stage":"a"}')).toMatchObject({ sealed: false });
    for (const text of ['', 'null', '7', '{']) expect(unseal(text)).toBeUndefined();
  });
});
