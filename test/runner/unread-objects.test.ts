/** A run with nothing to do reads no object. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DamageRig, text } from './damage-rig.ts';

const read = vi.hoisted(() => ({ paths: [] as string[] }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const noting = (name: 'readFileSync' | 'openSync') => {
    const call = real[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      read.paths.push(String(args[0]));
      return call(...args);
    };
  };
  const wrapped = {
    ...real,
    readFileSync: noting('readFileSync'),
    openSync: noting('openSync'),
  };
  return { ...wrapped, default: wrapped };
});

let rig: DamageRig;
beforeEach(() => {
  rig = new DamageRig();
});
afterEach(() => rig.remove());

describe('a store', () => {
  it('is not read by a run with nothing to do, whether it decides rows or stages', async () => {
    await rig.ready();
    await rig.run(text);
    expect(await reads(async () => void (await rig.run(text)))).toEqual([]);
    rmSync(rig.layout.lastPlan);
    const decided = await reads(async () => {
      expect((await rig.run(text)).finished.cached).toBe(3);
    });
    expect(decided).toEqual([]);
  });
});

/** The objects that are opened meanwhile. */
async function reads(act: () => Promise<void>): Promise<string[]> {
  read.paths.length = 0;
  await act();
  return read.paths.filter((path) => path.startsWith(rig.layout.objects));
}
