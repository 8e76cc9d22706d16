/** Runs of two projects that have stores of their own and the same remote. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRemote } from '../../../src/remote/folder.ts';
import { execute, pull, push, type Remote } from '../../../src/runner/index.ts';
import { Rig, seen } from '../rig.ts';
import {
  planOf as planWith,
  type RemoteOptions,
  run as runWith,
  text,
  warningsIn,
} from './remote-project.ts';

let folder: string;
let one: Rig;
let two: Rig;
let gets: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remote-'));
  one = new Rig();
  two = new Rig();
  gets = [];
});
afterEach(() => {
  for (const path of [folder, one.root, two.root]) rmSync(path, { recursive: true, force: true });
});

/** The folder, with a list of what was read from it. */
function remoteAt(path = folder): Remote {
  const remote = new FolderRemote(path);
  return {
    address: remote.address,
    size: (kind, name) => remote.size(kind, name),
    put: (kind, name, body, options) => remote.put(kind, name, body, options),
    get: (kind, name, options) => {
      gets.push(kind);
      return remote.get(kind, name, options);
    },
  };
}

type Options = Partial<RemoteOptions>;
const withRemote = (options: Options): RemoteOptions => ({ remote: remoteAt(), ...options });
const planOf = (rig: Rig, options: Options = {}) => planWith(rig, withRemote(options));
const run = (rig: Rig, options: Options = {}) => runWith(rig, withRemote(options));

const objects = (): string[] => readdirSync(join(folder, 'cas'));
const records = (): string[] => readdirSync(join(folder, 'ac'));
const request = {
  dryRun: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

describe('two projects with one remote', () => {
  it('share what one of them computed', async () => {
    const made = await run(one, { writes: true });
    expect(made.finished).toMatchObject({ executed: 4, failed: 0 });
    expect(warningsIn(made.events)).toEqual([]);
    const found = await run(two);
    expect(found.finished).toMatchObject({ executed: 0, cached: 4 });
    const text = (rig: Rig, { events, finished }: typeof made) =>
      rig.outputText({ events, finished, executed: [], idle: false }, 'd');
    expect(text(two, found)).toBe(text(one, made));
    // From now on, the remote is not needed.
    expect((await run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
    gets = [];
    expect((await run(two)).finished).toMatchObject({ cached: 4 });
    expect(gets).toEqual([]);
  });

  it('store nothing in it unless they write', async () => {
    expect((await run(one)).finished).toMatchObject({ executed: 4 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('read only records for a plan', async () => {
    await run(one, { writes: true });
    gets = [];
    const { plan } = await planOf(two);
    expect(plan.counts).toEqual({ run: 0, pending: 0, hit: 4 });
    expect(gets).toEqual(['ac', 'ac', 'ac', 'ac']);
    expect(existsSync(two.layout.objects)).toBe(false);
    expect(existsSync(two.layout.actions)).toBe(false);
  });

  it('compute a result again if the server has deleted its files', async () => {
    await run(one, { writes: true });
    for (const name of objects()) rmSync(join(folder, 'cas', name));
    const { finished } = await run(two, { writes: true });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    const three = new Rig();
    expect((await run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
  });

  it('never take wrong bytes, say so, and replace them', async () => {
    await run(one, { writes: true });
    const damaged = new Map<string, Buffer>();
    for (const name of objects()) {
      const path = join(folder, 'cas', name);
      const bytes = readFileSync(path);
      bytes[0]! ^= 1;
      damaged.set(name, bytes);
      rmSync(path);
      writeFileSync(path, bytes);
    }
    const { finished, events } = await run(two, { writes: true });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    expect(warningsIn(events)[0]).toMatch(/^the cache .* sent other bytes than those of/);
    const three = new Rig();
    expect((await run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
    expect((await run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
    expect(readdirSync(two.layout.temporary)).toEqual([]);
  });

  it.each([
    ['is a page of a proxy', () => '<html>log in</html>', 'that is not a record'],
    ['is empty', () => '', 'that is not a record'],
    ['belongs to another key', (others: Buffer[]) => others[1]!, 'damaged record'],
    ['was cut', (others: Buffer[]) => others[0]!.subarray(0, 300), 'not a record'],
  ])('do not use a record that %s, and replace it', async (_, content, warning) => {
    await run(one, { writes: true });
    const names = records();
    const others = names.map((name) => readFileSync(join(folder, 'ac', name)));
    writeFileSync(join(folder, 'ac', names[0]!), content(others));
    const { finished, events, notes } = await run(two, { writes: true });
    expect(finished.failed).toBe(0);
    expect(finished.executed).toBe(1);
    expect([...notes, ...warningsIn(events)].join('\n')).toContain(warning);
    const three = new Rig();
    expect((await run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
  });

  it('compute everything if the remote is not there, with one warning', async () => {
    const { finished, events, notes } = await run(one, { remote: remoteAt('/no/such/folder') });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    expect([...notes, ...warningsIn(events)]).toEqual([
      'backend test 1',
      'warning: the cache /no/such/folder does not exist; create the folder, or mount its disk',
    ]);
    expect(gets.length).toBeLessThan(4);
  });

  it('say what was not stored', async () => {
    const { events } = await run(one, { writes: true, remote: remoteAt('/no/such/folder') });
    expect(warningsIn(events).at(-1)).toBe(
      '4 results were not stored in the cache; "pipeline push" stores them',
    );
  });

  it('use a result that the other one stored after the plan', async () => {
    const planned = await planOf(two);
    expect(planned.plan.counts.run).toBe(2);
    await run(one, { writes: true });
    const finished = await execute(two.project(text), planned, {
      run: 'late',
      now: () => 0,
      emit: () => undefined,
      capacities: { cpu: 4, network: 4 },
      keepGoing: false,
      executor: two.executor,
      signal: new AbortController().signal,
    });
    expect(finished).toMatchObject({ executed: 0, cached: 4, failed: 0 });
  });

  it('compute at once, and both end with complete results', async () => {
    two.executor.hold('c');
    const [started, onEvent] = seen('stage-started');
    const second = run(two, { writes: true, onEvent });
    await started;
    const first = await run(one, { writes: true });
    (await two.executor.next('c')).finish();
    expect(first.finished.failed + (await second).finished.failed).toBe(0);
    expect(records().length).toBe(4);
    const three = new Rig();
    expect((await run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
  });
});

describe('push and pull', () => {
  it('copy all results, and nothing the second time', async () => {
    await run(one);
    const would = await push(await planOf(one), { ...request, dryRun: true });
    expect(would).toMatchObject({ results: 4, known: 0, failed: 0 });
    expect(readdirSync(folder)).toEqual([]);
    const pushed = await push(await planOf(one), request);
    expect(pushed).toMatchObject({ results: 4, known: 0, failed: 0, objects: would?.objects });
    expect(await push(await planOf(one), request)).toMatchObject({
      results: 0,
      known: 4,
      bytes: 0,
    });

    const wouldPull = await pull(two, await planOf(two), { ...request, dryRun: true });
    expect(wouldPull).toMatchObject({ results: 4, known: 0, failed: 0 });
    expect(existsSync(two.layout.objects)).toBe(false);
    const pulled = await pull(two, await planOf(two), request);
    expect(pulled).toMatchObject({ results: 4, objects: wouldPull?.objects });
    expect(pulled?.bytes).toBe(wouldPull?.bytes);
    expect(await pull(two, await planOf(two), request)).toMatchObject({ results: 0, known: 4 });
    expect((await run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
    expect(readdirSync(two.layout.live)).toEqual([]);
  });

  it('push what a server has lost, and go on where they were stopped', async () => {
    await run(one);
    await push(await planOf(one), request);
    for (const name of objects().slice(0, 3)) rmSync(join(folder, 'cas', name));
    expect(await push(await planOf(one), request)).toMatchObject({ objects: 3, failed: 0 });
    const stop = new AbortController();
    const stopped = await pull(two, await planOf(two), {
      ...request,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(stopped?.interrupted).toBe(true);
    expect(await pull(two, await planOf(two), request)).toMatchObject({ failed: 0 });
    expect((await run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
  });

  it('report a bug that is found after they were stopped', async () => {
    await run(one, { writes: true });
    const bug = new Error('a bug');
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 0) return;
      stop.abort();
      throw bug;
    };
    const asked = { ...request, signal: stop.signal, onProgress };
    await expect(pull(two, await planOf(two), asked)).rejects.toBe(bug);
  });

  it('count what can not be fetched', async () => {
    await run(one, { writes: true });
    rmSync(join(folder, 'cas', objects()[0]!));
    const pulled = await pull(two, await planOf(two), request);
    expect(pulled?.failed).toBeGreaterThan(0);
    expect(pulled?.failed).toBeLessThan(4);
  });

  it('have nothing to do without a remote', async () => {
    await run(one);
    expect(await push(await planOf(one, { remote: undefined }), request)).toBeUndefined();
    expect(await pull(one, await planOf(one, { remote: undefined }), request)).toBeUndefined();
  });
});
