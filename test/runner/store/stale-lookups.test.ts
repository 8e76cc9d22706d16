/**
 * A client of a shared disk caches for a while that a name did not exist, although another machine
 * has created the file meanwhile. A listing of the folder shows the file.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const client = vi.hoisted(() => ({
  /** For how many more listings a lookup by name finds nothing. */
  listings: 0,
  names: new Set<string>(),
  /** The type of the file system, as the system reports it. */
  type: 0,
  /** The folders of records and objects that were listed. */
  listed: 0,
}));

const NFS = 0x6969;
const EXT4 = 0xef53;

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const wrapped: Record<string, unknown> = { ...real };
  const absent = (path: unknown): boolean =>
    client.listings > 0 && typeof path === 'string' && client.names.has(path);
  for (const name of ['openSync', 'readFileSync', 'statSync', 'lstatSync'] as const) {
    wrapped[name] = (...args: unknown[]) => {
      if (absent(args[0])) {
        if ((args[1] as { throwIfNoEntry?: boolean } | undefined)?.throwIfNoEntry === false) return;
        const error = new Error(`ENOENT: remembered, ${name} '${args[0]}'`);
        throw Object.assign(error, { code: 'ENOENT', syscall: name, errno: -2 });
      }
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    };
  }
  wrapped.statfsSync = () => ({ type: client.type });
  wrapped.existsSync = (path: string) => !absent(path) && real.existsSync(path);
  wrapped.readdirSync = (...args: unknown[]) => {
    const listed = (real.readdirSync as (...all: unknown[]) => unknown)(...args);
    if (/store.(actions|objects)/.test(String(args[0]))) {
      client.listed++;
      if (client.listings > 0) client.listings--;
    }
    return listed;
  };
  return { ...wrapped, default: wrapped };
});

const { rmSync } = await import('node:fs');
const { Rig } = await import('../rig.ts');
const { storedObjects, storedRecords } = await import('../../../src/runner/store/inventory.ts');

const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

let rig: InstanceType<typeof Rig>;
beforeEach(() => {
  client.type = NFS;
  rig = new Rig();
});
afterEach(() => {
  client.listings = 0;
  client.names.clear();
  rig.remove();
});

describe('a run that builds something', () => {
  it.each([
    ['lists no folder of the store on a local disk', EXT4, false],
    ['lists the folder of each record on a shared disk', NFS, true],
  ])('%s', async (_what, type, lists) => {
    client.type = type;
    client.listed = 0;
    expect((await rig.run(text)).finished.executed).toBe(2);
    expect(client.listed > 0).toBe(lists);
  });
});

describe('a result that another machine built', () => {
  it.each([
    ['its record', () => [...storedRecords(rig.layout)]],
    [
      'its record and its files',
      () => [...storedRecords(rig.layout), ...storedObjects(rig.layout)],
    ],
  ])("is used and not built again, even if %s can't be looked up yet", async (_what, files) => {
    await rig.run(text);
    const remembered = files().map(({ path }) => path);
    // These files belong to the run of the other machine.
    for (const path of [rig.layout.lastResults, rig.layout.lastPlan]) rmSync(path);
    for (const path of remembered) client.names.add(path);
    client.listings = 4;
    const { finished } = await rig.run(text);
    expect(finished).toMatchObject({ executed: 0, cached: 2, failed: 0 });
    expect([...rig.executor.counts.values()]).toEqual([1, 1]);
  });

  it('is built if the listing does not contain it', async () => {
    await rig.run(text);
    for (const { path } of storedRecords(rig.layout)) rmSync(path);
    rmSync(rig.layout.lastResults);
    expect((await rig.run(text)).finished.executed).toBe(2);
  });
});
