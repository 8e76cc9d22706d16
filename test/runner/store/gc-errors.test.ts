/**
 * Each call of gc to the file system fails once. An error must not look like a missing file: either
 * gc does its work as if nothing had failed, or it reports the error and keeps every result that
 * must be kept.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const fault = vi.hoisted(() => ({
  at: Number.POSITIVE_INFINITY,
  calls: 0,
  code: 'EIO',
  /** The name of the call that failed, and its first argument. */
  hit: '',
  on: false,
  /** A path that can never be read. */
  path: '',
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const wrapped: Record<string, unknown> = { ...real };
  const failure = (code: string, name: string, about: string): Error => {
    const error = new Error(`${code}: injected, ${name} '${about}'`);
    return Object.assign(error, { code, syscall: name, errno: -1 });
  };
  const calls = [
    'accessSync',
    'appendFileSync',
    'closeSync',
    'existsSync',
    'fstatSync',
    'fsyncSync',
    'lstatSync',
    'mkdirSync',
    'openSync',
    'readFileSync',
    'readSync',
    'readdirSync',
    'renameSync',
    'rmSync',
    'rmdirSync',
    'statSync',
    'utimesSync',
    'writeFileSync',
    'writeSync',
  ] as const;
  for (const name of calls) {
    wrapped[name] = (...args: unknown[]) => {
      // Calls about the machine, not the store. A process may know less about other processes.
      const about = String(args[0]);
      const reads = name === 'openSync' || name === 'readFileSync' || name === 'readdirSync';
      if (reads && about === fault.path) throw failure('EACCES', name, about);
      if (!fault.on || about.startsWith('/proc') || about.startsWith('/sys')) {
        return (real[name] as (...all: unknown[]) => unknown)(...args);
      }
      if (++fault.calls === fault.at) {
        fault.hit = `${name} ${about}`;
        // A failing close has closed the file anyway.
        if (name === 'closeSync') real.closeSync(args[0] as number);
        if (name === 'existsSync') return false;
        throw failure(fault.code, name, about);
      }
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    };
  }
  return { ...wrapped, default: wrapped };
});

const { cpSync, existsSync, mkdirSync, rmSync, writeFileSync, readFileSync } = await import(
  'node:fs'
);
const { Rig } = await import('../rig.ts');
const { gc, verify } = await import('../../../src/runner/index.ts');
const { storedObjects, storedRecords } = await import('../../../src/runner/store/inventory.ts');
const { readRun, summarize } = await import('../../../src/runner/history/run-journal.ts');
const { digestFile } = await import('../../../src/runner/key/digest.ts');
const { lockedStage, writeLock } = await import('../../../src/runner/history/lock-file.ts');

type AnyRig = InstanceType<typeof Rig>;

const text = (word: string): string => `
stages:
  a: { uses: make, with: { name: a, text: ${word} } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

const codes = ['EACCES', 'EIO', 'ESTALE', 'EMFILE'];

const signal = new AbortController().signal;

async function collect(rig: AnyRig, dryRun = false): ReturnType<typeof gc> {
  const options = { keepMs: -1000, maxBytes: Number.POSITIVE_INFINITY, dryRun, signal };
  return gc(rig.project(text('y')), await rig.prepare(text('y')), options);
}

function names(rig: AnyRig): string[] {
  return [...storedRecords(rig.layout), ...storedObjects(rig.layout)]
    .map(({ name }) => name)
    .sort();
}

/**
 * Results of a named run, of the lock file, of no run, of the pipeline, and the newest results of
 * their stages.
 */
async function fill(rig: AnyRig): Promise<void> {
  for (const word of ['named', 'locked', 'old', 'y', 'z']) await rig.run(text(word));
  const journal = join(rig.layout.run('run-0'), 'journal.jsonl');
  writeFileSync(journal, readFileSync(journal, 'utf8').replace('"run":', '"name":"mine","run":'));
  const locked = await rig.prepare(text('locked'));
  const stages = [...locked.plan.decisions].flatMap(([id, decision]) => {
    if (decision.kind !== 'hit') return [];
    const { fingerprint } = locked.planContext.actions.get(decision.key)!;
    return [[id, lockedStage(decision.key, fingerprint, decision.outputs)] as const];
  });
  const lock = { facts: {}, configs: [], settings: [], stages: Object.fromEntries(stages) };
  writeLock(rig.layout, lock);
}

describe('gc, if a call to the file system fails', () => {
  let full: AnyRig;
  let before: string[];
  let after: string[];
  beforeAll(async () => {
    full = new Rig();
    await fill(full);
    before = names(full);
    const clean = copyOf(full);
    expect(await collect(clean)).toMatchObject({ ok: true });
    after = names(clean);
    clean.remove();
    expect(before.length - after.length).toBeGreaterThan(3);
  });
  afterAll(() => full.remove());

  it('does all of its work, or says why not and keeps what must be kept', async () => {
    let said = 0;
    let calls = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= calls; at++) {
      const rig = copyOf(full);
      const code = codes[at % codes.length]!;
      Object.assign(fault, { at, calls: 0, code, hit: '', on: true });
      const outcome = await collect(rig).catch((problem: Error) => problem);
      fault.on = false;
      if (fault.hit === '') calls = 0;
      const about = `${code} at call ${at}: ${fault.hit}`;
      const left = names(rig);
      const gone = after.filter((name) => !left.includes(name));
      expect(gone, about).toEqual([]);
      if (outcome instanceof Error || !outcome.ok) {
        said++;
        const said1 = outcome instanceof Error ? outcome.message : JSON.stringify(outcome);
        expect(said1, about).toContain(`${code}: injected`);
        // Planning and reading the store fail before anything is dropped.
        const kind = outcome instanceof Error ? 'plan' : !outcome.ok && outcome.error.kind;
        if (kind !== 'unwritable') expect(left, about).toEqual(before);
      }
      rmSync(rig.layout.gcLock, { force: true });
      const project = rig.project(text('y'));
      const { findings } = await verify(project, { signal, onProgress: () => undefined });
      expect(findings, about).toEqual([]);
      expect(await collect(rig), about).toMatchObject({ ok: true });
      expect(names(rig), about).toEqual(after);
      rig.remove();
    }
    // Most calls matter.
    expect(said).toBeGreaterThan(20);
  });

  it.each([
    ['the records', (rig: AnyRig) => rig.layout.actions],
    ['a shard of records', (rig: AnyRig) => join([...storedRecords(rig.layout)][0]!.path, '..')],
    ['a record', (rig: AnyRig) => [...storedRecords(rig.layout)][0]!.path],
    ['the objects', (rig: AnyRig) => rig.layout.objects],
    ['the markers of runs', (rig: AnyRig) => rig.layout.live],
    ['the locks', (rig: AnyRig) => rig.layout.locks],
    ['the journals', (rig: AnyRig) => rig.layout.runs],
    ['a journal', (rig: AnyRig) => join(rig.layout.run('run-0'), 'journal.jsonl')],
    ['the lock file', (rig: AnyRig) => rig.layout.pipelineLock],
    ['the index of the newest results', (rig: AnyRig) => rig.layout.lastResults],
    ['the checkpoints', (rig: AnyRig) => rig.layout.allCheckpoints],
    ['the workspaces', (rig: AnyRig) => rig.layout.workspaces],
  ])('drops nothing if %s can never be read, and names the path', async (_what, pathIn) => {
    const rig = copyOf(full);
    const path = pathIn(rig);
    const prepared = await rig.prepare(text('y'));
    for (const dryRun of [true, false]) {
      fault.path = path;
      const options = { keepMs: -1000, maxBytes: Number.POSITIVE_INFINITY, dryRun, signal };
      const outcome = await gc(rig.project(text('y')), prepared, options);
      fault.path = '';
      expect(outcome).toMatchObject({ ok: false, error: { kind: 'unreadable' } });
      expect(JSON.stringify(outcome)).toContain(path);
      expect(names(rig)).toEqual(before);
      expect(existsSync(rig.layout.gcLock)).toBe(false);
    }
    rig.remove();
  });

  it("names a file that opens but can't be read, such as a folder", async () => {
    const rig = copyOf(full);
    const journal = join(rig.layout.run('run-0'), 'journal.jsonl');
    rmSync(journal);
    mkdirSync(journal);
    const outcome = await collect(rig);
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'unreadable' } });
    expect(JSON.stringify(outcome)).toContain(journal);
    expect(names(rig)).toEqual(before);
    expect(() => summarize(rig.layout, 'run-0')).toThrow(journal);
    expect(() => readRun(rig.layout, 'run-0')).toThrow(journal);
    expect(() => digestFile(journal)).toThrow(journal);
    rig.remove();
  });

  it.each([
    ['the records', (rig: AnyRig) => rig.layout.actions],
    ['a shard of records', (rig: AnyRig) => join([...storedRecords(rig.layout)][0]!.path, '..')],
    ['a record', (rig: AnyRig) => [...storedRecords(rig.layout)][0]!.path],
    ['the objects', (rig: AnyRig) => rig.layout.objects],
    ['an object', (rig: AnyRig) => [...storedObjects(rig.layout)][0]!.path],
    ['latest/', (rig: AnyRig) => rig.layout.latest],
    ['a folder of latest/', (rig: AnyRig) => join(rig.layout.latest, 'a')],
    ['a file of latest/', (rig: AnyRig) => join(rig.layout.latest, 'a', 'out', 'value.txt')],
    ['a note of latest/', (rig: AnyRig) => join(rig.layout.latest, 'a', '.outputs')],
  ])('verify reports that it could not read %s, and moves nothing', async (_what, pathIn) => {
    const rig = copyOf(full);
    const path = pathIn(rig);
    fault.path = path;
    const watch = { signal, onProgress: () => undefined };
    const { findings } = await verify(rig.project(text('y')), watch);
    fault.path = '';
    expect(findings).toContainEqual({
      type: 'unreadable',
      path,
      why: expect.stringContaining('EACCES'),
    });
    expect(names(rig)).toEqual(before);
    rig.remove();
  });
});

function copyOf(rig: AnyRig): AnyRig {
  const copy = new Rig();
  cpSync(rig.root, copy.root, { recursive: true, preserveTimestamps: true });
  return copy;
}
