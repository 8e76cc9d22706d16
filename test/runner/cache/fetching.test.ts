/** Which files a run copies from a remote cache, and that nothing incomplete is left here. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRemote } from '../../../src/remote/folder.ts';
import type { Remote } from '../../../src/runner/index.ts';
import { Rig } from '../rig.ts';
import { planOf, type RemoteOptions, run as runWith, text, warningsIn } from './remote-project.ts';

let folder: string;
let one: Rig;
let two: Rig;
let gets: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remote-'));
  [one, two] = [new Rig(), new Rig()];
  gets = [];
  await run(one, { writes: true });
  gets = [];
});
afterEach(() => {
  for (const path of [folder, one.root, two.root]) rmSync(path, { recursive: true, force: true });
});

function remote(): Remote {
  const inner = new FolderRemote(folder);
  return {
    address: inner.address,
    size: (kind, name) => inner.size(kind, name),
    put: (kind, name, body, options) => inner.put(kind, name, body, options),
    get: (kind, name, options) => {
      gets.push(kind);
      return inner.get(kind, name, options);
    },
  };
}

const run = (rig: Rig, options: Partial<RemoteOptions>) =>
  runWith(rig, { remote: remote(), ...options });
/** `d` must run, and reads the result of `c` only. */
const changed = text.replace('{ name: d }', '{ name: other }');
const namesIn = (path: string): readonly string[] => (existsSync(path) ? readdirSync(path) : []);
const objectsIn = (rig: Rig): number =>
  namesIn(rig.layout.objects).flatMap((shard) => namesIn(join(rig.layout.objects, shard))).length;
const recordsIn = (rig: Rig): number =>
  namesIn(rig.layout.actions).flatMap((shard) => namesIn(join(rig.layout.actions, shard))).length;

describe('a run whose results are all in a remote cache', () => {
  it('copies them all by default', async () => {
    const { finished, events } = await run(two, {});
    expect(finished).toMatchObject({ executed: 0, cached: 4 });
    expect(finished).not.toHaveProperty('notFetched');
    expect(recordsIn(two)).toBe(4);
    expect(events.filter((one) => one.type === 'stage-cached' && one.remote)).toHaveLength(4);
    expect([...namesIn(two.layout.latest)].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('copies only the last ones if these are needed', async () => {
    const { finished } = await run(two, { fetching: 'needed' });
    expect(finished).toMatchObject({ executed: 0, cached: 4, failed: 0, notFetched: 3 });
    expect(recordsIn(two)).toBe(1);
    expect(namesIn(two.layout.latest)).toEqual(['d']);
    // One more request per result that was left there.
    gets = [];
    const again = await run(two, { fetching: 'needed' });
    expect(again.finished).toMatchObject({ executed: 0, cached: 4, notFetched: 3 });
    expect(gets).toEqual(['ac', 'ac', 'ac']);
    const all = await run(two, {});
    expect(all.finished).toMatchObject({ executed: 0, cached: 4 });
    expect((await run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
  });

  it('copies nothing on request', async () => {
    const { finished } = await run(two, { fetching: 'none' });
    expect(finished).toMatchObject({ executed: 0, cached: 4, notFetched: 4 });
    expect(new Set(gets)).toEqual(new Set(['ac']));
    expect([objectsIn(two), recordsIn(two)]).toEqual([0, 0]);
    // What is not here counts as missing without the cache.
    const { plan } = await planOf(two, { remote: undefined });
    expect(plan.counts.hit).toBe(0);
  });
});

describe('a stage that runs', () => {
  it.each(['needed', 'none'] as const)(
    'gets its inputs, and nothing else (%s)',
    async (fetching) => {
      const { finished } = await run(two, { fetching, document: changed });
      expect(finished).toMatchObject({ executed: 1, cached: 3, failed: 0, notFetched: 3 });
      // `c` came as an input.
      expect(recordsIn(two)).toBe(2);
      const whole = await run(two, { document: changed });
      expect(whole.finished).toMatchObject({ executed: 0, cached: 4 });
    },
  );

  it('has an input made again that the cache has lost', async () => {
    for (const name of readdirSync(join(folder, 'cas'))) rmSync(join(folder, 'cas', name));
    const { finished, events } = await run(two, { fetching: 'none', document: changed });
    expect(finished).toMatchObject({ executed: 4, cached: 0, failed: 0, remaining: 0 });
    expect(finished).not.toHaveProperty('notFetched');
    expect(warningsIn(events).join('\n')).toContain('could not be fetched from the cache');
    const whole = await run(two, { remote: undefined, document: changed });
    expect(whole.finished).toMatchObject({ cached: 4 });
  });

  it('has inputs made again if the cache fails after the plan', async () => {
    let down = false;
    const working = remote();
    const failing: Remote = {
      ...working,
      get: (kind, name, options) => working.get(kind, down ? `${name}x` : name, options),
    };
    const prepared = run(two, {
      remote: failing,
      fetching: 'none',
      document: changed,
      onEvent: (event) => {
        if (event.type === 'run-started') down = true;
      },
    });
    expect((await prepared).finished).toMatchObject({ executed: 4, failed: 0, remaining: 0 });
  });
});

it('latest/ shows no older result in place of one that was not copied', async () => {
  const older = text.replace('text: a', 'text: older');
  await run(two, { document: older, remote: undefined });
  expect(readdirSync(join(two.layout.latest, 'a'))).toContain('out');
  await run(two, { fetching: 'needed' });
  expect(readdirSync(join(two.layout.latest, 'a'))).not.toContain('out');
  expect(readdirSync(join(two.layout.latest, 'd'))).toContain('out');
  // It comes back with its files.
  await run(two, {});
  expect(readdirSync(join(two.layout.latest, 'a'))).toContain('out');
});

it('a plan is not kept if results were left in the cache', async () => {
  const older = text.replace('text: a', 'text: older');
  await run(two, { document: older, remote: undefined });
  await run(two, { fetching: 'needed' });
  const { plan } = await planOf(two, { remote: undefined, document: older });
  expect(plan.counts.hit).toBe(4);
  const next = await planOf(two, { remote: undefined });
  expect(next.plan.decisions.get('a' as never)).toMatchObject({ kind: 'run' });
});
