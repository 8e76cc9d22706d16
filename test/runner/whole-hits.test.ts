/**
 * A hit is complete or it is not a hit: damaged files are built again in the same run, in the store
 * and in `latest/`.
 */
import { chmodSync, truncateSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../src/runner/index.ts';
import { DamageRig, kinds, text, ways } from './damage-rig.ts';

let rig: DamageRig;
beforeEach(() => {
  rig = new DamageRig();
});
afterEach(() => rig.remove());

describe.each(Object.keys(kinds))('%s', (kind) => {
  it.each(Object.keys(ways))('%s ends with the results of a clean run', async (way) => {
    await rig.ready();
    const before = rig.shown();
    const { find, makes } = kinds[kind]!;
    const path = find(rig);
    chmodSync(path, 0o644);
    await rig.later(path, () => ways[way]!(path, rig));
    const { finished } = await rig.run(text);
    expect(finished).toMatchObject({ failed: 0, skipped: 0, remaining: 0 });
    expect(finished.executed > 0).toBe(makes);
    await rig.expectWhole(before);
  });
});

it.each(['an object', 'a large object'])(
  '%s that is damaged between the plan and its run is made again by it',
  async (kind) => {
    await rig.ready();
    const before = rig.shown();
    const prepared = await rig.prepare(text);
    expect(prepared.plan.counts.hit).toBe(3);
    const path = kinds[kind]!.find(rig);
    chmodSync(path, 0o644);
    truncateSync(path, 0);
    const finished = await execute(rig.project(text), prepared, {
      run: 'planned',
      capacities: { cpu: 2, network: 2 },
      keepGoing: false,
      executor: rig.executor,
      signal: new AbortController().signal,
      emit: () => undefined,
      now: () => 1_700_000_000_000,
    });
    expect(finished).toMatchObject({ executed: 1, cached: 2, failed: 0, remaining: 0 });
    await rig.expectWhole(before);
  },
);
