/** Results that nodes have committed reach the remote cache of the head, in the background, and never fail the run. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRemote } from '../../../../src/remote/folder.ts';
import type { Event } from '../../../../src/runner/execution/event.ts';
import { FailingRemote, machine } from '../../cache/two-machines.ts';
import { ClusterRig, three } from './cluster-rig.ts';

let folder: string;
let cluster: ClusterRig;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remote-'));
  cluster = new ClusterRig();
});
afterEach(() => {
  for (const path of [folder, cluster.rig.root]) rmSync(path, { recursive: true, force: true });
});

const stored = (kind: 'ac' | 'cas'): number =>
  readdirSync(folder).includes(kind) ? readdirSync(join(folder, kind)).length : 0;
const warningsIn = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

describe('the results of nodes', () => {
  it('are stored in the remote cache, and are hits for another project', async () => {
    const remote = new FolderRemote(folder);
    const { finished, events } = await cluster.runOn(three, { remote });
    expect(finished).toMatchObject({ executed: 3, failed: 0 });
    expect(warningsIn(events)).toEqual([]);
    expect(stored('ac')).toBe(3);
    const keys = events.flatMap((event) => (event.type === 'stage-finished' ? [event.key] : []));
    const other = machine(remote, false);
    const found = await other.cache.lookup(keys);
    const outputs = [...found.values()].flatMap((result) => Object.values(result.outputs));
    await other.cache.fetch(outputs, new AbortController().signal);
    const whole = [...(await other.cache.lookup(keys)).values()].map((one) => [
      one.whole,
      one.remote,
    ]);
    expect(whole).toEqual([1, 2, 3].map(() => [true, undefined]));
    rmSync(other.layout.root, { recursive: true });
  });

  it('are not stored twice by the next run', async () => {
    const remote = new FailingRemote(new FolderRemote(folder));
    await cluster.runOn(three, { remote });
    remote.failAt(1);
    const { finished, events } = await cluster.runOn(three, { remote });
    expect(finished).toMatchObject({ executed: 0, cached: 3 });
    expect(warningsIn(events)).toEqual([]);
  });

  it('are kept here, and counted, wherever an upload fails', async () => {
    const writes = 9;
    for (let write = 1; write <= writes; write++) {
      const one = new ClusterRig();
      const path = mkdtempSync(join(folder, 'try-'));
      const remote = new FailingRemote(new FolderRemote(path));
      remote.failAt(write);
      const { finished, events } = await one.runOn(three, { remote });
      expect(finished).toMatchObject({ executed: 3, failed: 0 });
      expect(warningsIn(events).join('\n')).toContain('"pipeline push" stores them');
      expect(readdirSync(join(path, 'ac')).length).toBeLessThan(3);
      one.rig.remove();
    }
  });

  it('that were removed before the upload are counted', async () => {
    const remote = new FolderRemote(folder);
    const { finished, events } = await cluster.runOn(
      'stages:\n  a: { uses: make, with: { name: a } }\n',
      {
        remote: {
          address: remote.address,
          get: (kind, name, options) => remote.get(kind, name, options),
          put: (kind, name, body, options) => remote.put(kind, name, body, options),
          size: (kind, name) => {
            rmSync(cluster.rig.layout.objects, { recursive: true, force: true });
            return remote.size(kind, name);
          },
        },
      },
    );
    expect(finished).toMatchObject({ executed: 1 });
    expect(stored('ac')).toBe(0);
    expect(warningsIn(events).join('\n')).toContain('1 result was not stored in the cache');
  });
});
