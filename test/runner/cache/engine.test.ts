/**
 * Runs of the engine with a cache that is not the local store: one in memory, which can fail, wait
 * and reject.
 */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from '../../../src/runner/cache/cache.ts';
import type { Event, RunFinished } from '../../../src/runner/execution/event.ts';
import { execute, type Project, prepare } from '../../../src/runner/index.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { Rig } from '../rig.ts';
import { MemoryCache } from './memory-cache.ts';

let rig: Rig;
let remote: MemoryCache;
beforeEach(() => {
  rig = new Rig();
  remote = new MemoryCache(new ObjectStore(rig.layout));
});
afterEach(() => rig.remove());

/** Two waves: the plan decides only the first of them. */
const text = `
stages:
  a: { uses: make, with: { name: a, text: a } }
  b: { uses: make, with: { name: b, text: b } }
  c: { uses: make, with: { name: c }, inputs: { from: [a, b] } }
  d: { uses: make, with: { name: d }, inputs: { from: c } }
`;

let runs = 0;

/** The remote cache, with some functions replaced from the moment that the run begins. */
async function run(
  instead: Partial<Cache> = {},
  options: { signal?: AbortSignal; keepGoing?: boolean; onEvent?: (event: Event) => void } = {},
): Promise<{ finished: RunFinished; events: Event[] }> {
  const { signal = new AbortController().signal, keepGoing = false, onEvent } = options;
  remote.local = new ObjectStore(rig.layout);
  let begun = false;
  const cache: Cache = {
    lookup: (keys) => (begun && instead.lookup ? instead.lookup(keys) : remote.lookup(keys)),
    lookupLocked: (key, stop) =>
      begun && instead.lookupLocked ? instead.lookupLocked(key, stop) : remote.lookupLocked(key),
    fetch: (artifacts, stop) =>
      begun && instead.fetch ? instead.fetch(artifacts, stop) : remote.fetch(artifacts),
    publish: (record, how) => remote.publish(record, how),
  };
  const project: Project = { ...rig.project(text), cacheOf: () => cache };
  const selection = { configs: [], settings: [], targets: [], forced: [] };
  const prepared = await prepare(project, selection, { runsAtOnce: true });
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics));
  begun = true;
  const events: Event[] = [];
  const finished = await execute(project, prepared.value, {
    run: `engine-${runs++}`,
    now: () => 1_700_000_000_000,
    emit: (event) => {
      events.push(event);
      onEvent?.(event);
    },
    capacities: { cpu: 4, network: 4 },
    keepGoing,
    executor: rig.executor,
    signal,
  });
  return { finished, events };
}

function systemError(): Error {
  return Object.assign(new Error('EIO: no answer'), { code: 'EIO', errno: -5, syscall: 'read' });
}

const dropLocalStore = (): void => rmSync(rig.layout.root, { recursive: true, force: true });

describe('a run with another cache than the local store', () => {
  it('finds everything there and fetches the bytes into an empty local store', async () => {
    const made = await run();
    expect(made.finished).toMatchObject({ executed: 4, failed: 0 });
    const before = rig.outputText({ ...made, executed: [], idle: false }, 'd');
    dropLocalStore();
    const found = await run();
    expect(found.finished).toMatchObject({ executed: 0, cached: 4, failed: 0 });
    expect(rig.outputText({ ...found, executed: [], idle: false }, 'd')).toBe(before);
    expect((await run()).finished).toMatchObject({ executed: 0, cached: 4 });
  });

  it('ends with failures if any write fails, and the next run completes', async () => {
    let write = 1;
    for (; ; write++) {
      dropLocalStore();
      remote = new MemoryCache(new ObjectStore(rig.layout));
      remote.failNext(write);
      const { finished } = await run({}, { keepGoing: true });
      if (finished.failed === 0) break;
      expect(finished).toMatchObject({ failed: 1, interrupted: false });
      expect((await run()).finished).toMatchObject({ failed: 0, remaining: 0 });
      dropLocalStore();
      expect((await run()).finished).toMatchObject({ executed: 0, cached: 4 });
    }
    // Each stage has two outputs of one file, and a record.
    expect(write).toBeGreaterThan(12);
  });

  it('fails only the stage whose result can not be looked up', async () => {
    await run();
    const broken = [...remote.records.values()].find((one) => one.provenance.stage === 'b')!.key;
    dropLocalStore();
    remote.records.delete(broken);
    const { finished, events } = await run(
      {
        lookupLocked: async (key) => {
          if (key === broken) throw systemError();
          return remote.lookupLocked(key);
        },
      },
      { keepGoing: true },
    );
    expect(finished).toMatchObject({ failed: 1, cached: 1 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'stage-failed', stage: 'b' }));
    expect((await run()).finished).toMatchObject({ failed: 0, remaining: 0 });
  });

  it('fails the stages whose files can not be fetched', async () => {
    await run();
    dropLocalStore();
    const fetch = (): Promise<void> => Promise.reject(systemError());
    const { finished } = await run({ fetch }, { keepGoing: true });
    expect(finished).toMatchObject({ executed: 0, cached: 0, interrupted: false });
    expect(finished.failed).toBeGreaterThan(0);
    expect((await run()).finished).toMatchObject({ executed: 0, cached: 4 });
  });

  for (const [name, settle] of [
    ['never answers', undefined],
    [
      'rejects with the reason',
      (reject: (reason: unknown) => void, reason: unknown) => reject(reason),
    ],
  ] as const) {
    it(`ends by Ctrl-C while the cache fetches, though it ${name}`, async () => {
      await run();
      dropLocalStore();
      const stop = new AbortController();
      const fetch: Cache['fetch'] = (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => settle?.(reject, signal.reason));
          queueMicrotask(() => stop.abort());
        });
      const { finished } = await run({ fetch }, { signal: stop.signal });
      expect(finished).toMatchObject({ failed: 0, executed: 0, interrupted: true });
    });
  }

  it('ends by Ctrl-C while the cache does not answer', async () => {
    const stop = new AbortController();
    const lookup = (): Promise<never> =>
      new Promise(() => {
        queueMicrotask(() => stop.abort());
      });
    const { finished } = await run({ lookup }, { signal: stop.signal });
    expect(finished).toMatchObject({ failed: 0, executed: 2, interrupted: true });
  });
});
