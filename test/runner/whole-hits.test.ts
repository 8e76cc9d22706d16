/**
 * A hit is complete or it is not a hit: damaged files are built again in the same run, in the store
 * and in `latest/`.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { execute, prepare, verify } from '../../src/runner/index.ts';
import { digestFile } from '../../src/runner/key/digest.ts';
import { storedObjects, storedRecords } from '../../src/runner/store/inventory.ts';
import { Rig } from './rig.ts';
import { damageUnseen } from './unseen-damage.ts';

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

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  large: { uses: make, with: { name: large } }
`;

/** From this size on, `latest/` and the store share a file. */
const LARGE = (4 << 20) + 1;

async function ready(): Promise<void> {
  rig.executor.instead.set('large', ({ outputs }) => {
    writeFileSync(join(outputs.out!, 'value.txt'), Buffer.alloc(LARGE, 'l'));
    writeFileSync(join(outputs.other!, 'note.txt'), 'large');
    return ok(undefined);
  });
  await rig.run(text);
}

/** The digest of each file in `latest/`. */
function shown(): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const { latest } = rig.layout;
  for (const entry of readdirSync(latest, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === '.outputs') continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(latest.length + 1)] = digestFile(path);
  }
  return files;
}

/** Everything is as after the first run: the shown files and all objects. Nothing is left to do. */
async function expectWhole(before: Readonly<Record<string, string>>): Promise<void> {
  expect(shown()).toEqual(before);
  for (const { name, path } of storedObjects(rig.layout)) expect(digestFile(path)).toBe(name);
  expect([...storedRecords(rig.layout)]).toHaveLength(3);
  expect(await rig.run(text)).toMatchObject({ idle: true, finished: { cached: 3 } });
}

const ways: Readonly<Record<string, (path: string) => void>> = {
  'with a bit flipped': (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
  },
  'cut short': (path) => truncateSync(path, statSync(path).size >> 1),
  empty: (path) => truncateSync(path, 0),
  'of zeros': (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)),
  gone: (path) => rmSync(path),
  'a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'a FIFO': (path) => {
    rmSync(path);
    execFileSync('mkfifo', [path]);
  },
  'a link to its bytes': (path) => {
    renameSync(path, join(rig.root, 'elsewhere'));
    symlinkSync(join(rig.root, 'elsewhere'), path);
  },
};

function isList(path: string): boolean {
  return statSync(path).size < LARGE && readFileSync(path, 'utf8').includes('"record":"tree/1"');
}

function objects(): string[] {
  return [...storedObjects(rig.layout)].map(({ path }) => path);
}

function oneOfTheDigests(): string {
  const folder = join(rig.layout.state, 'digests');
  return join(folder, readdirSync(folder)[0]!);
}

/** Each kind of file in the artifacts folder, and whether stages run again without it. */
const kinds: Readonly<Record<string, { find: () => string; makes: boolean }>> = {
  'an object': {
    find: () => objects().find((path) => statSync(path).size < LARGE && !isList(path))!,
    makes: true,
  },
  'a large object': {
    find: () => objects().find((path) => statSync(path).size === LARGE)!,
    makes: true,
  },
  'a list of files': { find: () => objects().find(isList)!, makes: true },
  'a record': { find: () => [...storedRecords(rig.layout)][0]!.path, makes: true },
  'the index': { find: () => rig.layout.lastResults, makes: false },
  'the note of a run with nothing to do': { find: () => rig.layout.lastPlan, makes: false },
  'the digests of some files': { find: oneOfTheDigests, makes: false },
  'a shown file': { find: () => join(rig.layout.latest, 'a/out/value.txt'), makes: false },
  'the list of shown files': { find: () => join(rig.layout.latest, 'a/.outputs'), makes: false },
};

describe.each(Object.keys(kinds))('%s', (kind) => {
  it.each(Object.keys(ways))('%s ends with the results of a clean run', async (way) => {
    await ready();
    const before = shown();
    const { find, makes } = kinds[kind]!;
    const path = find();
    chmodSync(path, 0o644);
    await later(path, () => ways[way]!(path));
    const { finished } = await rig.run(text);
    expect(finished).toMatchObject({ failed: 0, skipped: 0, remaining: 0 });
    expect(finished.executed > 0).toBe(makes);
    await expectWhole(before);
  });
});

/**
 * Writes in the same tick of the file system clock have the same time. So the damage is in a tick of its own: after
 * the run before it, and before the run after it.
 */
async function later(path: string, act: () => void): Promise<void> {
  nextTick(path);
  act();
  nextTick(path);
}

function nextTick(path: string): void {
  const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const probe = join(rig.root, 'probe');
  do writeFileSync(probe, '');
  while (statSync(probe).mtimeMs <= mtimeMs);
}

describe('a store', () => {
  it.each(['objects', 'actions', 'locks', 'tmp'] as const)(
    'with a file in the place of each folder of its %s is made again',
    async (name) => {
      await ready();
      const before = shown();
      const folder = join(rig.layout.root, 'store', name);
      const isSharded = name === 'objects' || name === 'actions';
      for (const one of isSharded
        ? readdirSync(folder).map((shard) => join(folder, shard))
        : [folder]) {
        rmSync(one, { recursive: true, force: true });
        writeFileSync(one, 'in the way');
      }
      expect((await rig.run(text)).finished).toMatchObject({ failed: 0, skipped: 0, remaining: 0 });
      await expectWhole(before);
    },
  );

  it('of empty objects, as after a power cut, is built again', async () => {
    await ready();
    const before = shown();
    for (const path of objects()) {
      chmodSync(path, 0o644);
      truncateSync(path, 0);
    }
    rmSync(rig.layout.latest, { recursive: true });
    expect((await rig.run(text)).finished).toMatchObject({ executed: 3, failed: 0 });
    await expectWhole(before);
  });

  it('whose large object is damaged shows the new bytes, and not the old file', async () => {
    await ready();
    const path = join(rig.layout.latest, 'large/out/value.txt');
    const { ino } = statSync(path);
    chmodSync(path, 0o644);
    truncateSync(path, 1000);
    const { finished, events } = await rig.run(text);
    expect(finished.executed).toBe(1);
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(statSync(path)).toMatchObject({ size: LARGE });
    expect(statSync(path).ino).not.toBe(ino);
  });

  it('that was copied is read once, and nothing is built again', async () => {
    await ready();
    const before = shown();
    const copy = join(rig.root, 'copy');
    cpSync(rig.layout.root, copy, { recursive: true });
    rmSync(rig.layout.root, { recursive: true });
    renameSync(copy, rig.layout.root);
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 3 });
    await expectWhole(before);
  });

  it('that was copied with one damaged file is not trusted', async () => {
    await ready();
    const before = shown();
    damageUnseen(kinds['an object']!.find());
    const copy = join(rig.root, 'copy');
    execFileSync('cp', ['-a', rig.layout.root, copy]);
    rmSync(rig.layout.root, { recursive: true });
    renameSync(copy, rig.layout.root);
    expect((await rig.run(text)).finished.executed).toBeGreaterThan(0);
    await expectWhole(before);
  });

  it('is not read by a run with nothing to do, whether it decides rows or stages', async () => {
    await ready();
    await rig.run(text);
    expect(await reads(async () => void (await rig.run(text)))).toEqual([]);
    rmSync(rig.layout.lastPlan);
    const decided = await reads(async () => {
      expect((await rig.run(text)).finished.cached).toBe(3);
    });
    expect(decided).toEqual([]);
  });

  it("that can't be read does not count as empty: the plan fails with a sentence", async () => {
    await ready();
    const shard = dirname(kinds['an object']!.find());
    rmSync(shard, { recursive: true });
    symlinkSync(shard, shard);
    const prepared = await prepare(rig.project(text), {
      configs: [],
      settings: [],
      targets: [],
      forced: [],
    });
    expect(prepared).toMatchObject({
      ok: false,
      error: {
        diagnostics: [{ message: expect.stringMatching(/^the store can't be read: ELOOP/) }],
      },
    });
  });

  it('whose index was truncated reports what the record says, and not an older line', async () => {
    const one = 'stages: { a: { uses: make, with: { name: a } } }\n';
    await rig.run(one);
    const index = readFileSync(rig.layout.lastResults);
    let number = 0;
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), `made again ${number++}`);
      writeFileSync(join(outputs.other!, 'note.txt'), 'a');
      return ok(undefined);
    });
    const forced = await rig.run(one, { forced: ['a'] });
    writeFileSync(rig.layout.lastResults, index);
    const next = await rig.run(one);
    expect(next.finished.executed).toBe(0);
    expect(rig.outputText(next, 'a')).toBe(rig.outputText(forced, 'a'));
  });
});

/** The objects that are opened meanwhile. */
async function reads(act: () => Promise<void>): Promise<string[]> {
  read.paths.length = 0;
  await act();
  return read.paths.filter((path) => path.startsWith(rig.layout.objects));
}

it.each(['an object', 'a large object'])(
  '%s that is damaged between the plan and its run is made again by it',
  async (kind) => {
    await ready();
    const before = shown();
    const prepared = await rig.prepare(text);
    expect(prepared.plan.counts.hit).toBe(3);
    const path = kinds[kind]!.find();
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
    await expectWhole(before);
  },
);

describe('verify', () => {
  const verified = () =>
    verify(rig.project(text), {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });

  it('finds a shown file that is damaged but has the same size and time', async () => {
    await ready();
    const before = shown();
    damageUnseen(join(rig.layout.latest, 'b/out/value.txt'));
    expect((await verified()).findings).toEqual([
      { type: 'damaged-copy', path: 'latest/b/out/value.txt', moved: true },
    ]);
    expect((await rig.run(text)).finished.executed).toBe(0);
    await expectWhole(before);
    expect((await verified()).findings).toEqual([]);
  });

  it.each(Object.keys(ways))(
    'finds what its note can not name, if that note was %s',
    async (way) => {
      await ready();
      const before = shown();
      const note = join(rig.layout.latest, 'a/.outputs');
      const written = readFileSync(note, 'utf8');
      ways[way]!(note);
      // A run with nothing to do does not look at the notes of small results.
      expect((await rig.run(text)).idle).toBe(true);
      damageUnseen(join(rig.layout.latest, 'a/out/value.txt'));
      const { findings } = await verified();
      const isFound = way !== 'gone' && way !== 'a link to its bytes';
      expect(findings.filter(({ type }) => type === 'damaged-note')).toEqual(
        isFound ? [{ type: 'damaged-note', path: 'latest/a/.outputs', moved: true }] : [],
      );
      const { finished, events } = await rig.run(text);
      expect(finished).toMatchObject({ executed: 0, failed: 0 });
      expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
      expect(readFileSync(note, 'utf8')).toBe(written);
      await expectWhole(before);
      expect((await verified()).findings).toEqual([]);
      expect((await rig.run(text)).idle).toBe(true);
    },
  );

  it('finds the same for an instance, from the documents too', async () => {
    const instances = `
stages:
  a: { uses: make, matrix: { i: [x/y, z] }, with: { name: "a \${matrix.i}" } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;
    const check = () =>
      verify(rig.project(instances), {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
    await rig.run(instances);
    const before = shown();
    const folders = readdirSync(join(rig.layout.latest, 'a'));
    for (const withRows of [true, false]) {
      for (const folder of folders) {
        writeFileSync(join(rig.layout.latest, 'a', folder, '.outputs'), '{}');
        damageUnseen(join(rig.layout.latest, 'a', folder, 'out/value.txt'));
      }
      expect((await check()).findings).toHaveLength(folders.length);
      if (!withRows) rmSync(rig.layout.lastPlan);
      expect((await rig.run(instances)).finished).toMatchObject({ executed: 0, failed: 0 });
      expect(shown()).toEqual(before);
      expect((await check()).findings).toEqual([]);
      expect((await rig.run(instances)).idle).toBe(true);
    }
  });

  it('makes a run rebuild what it found damaged, even if a stat shows no change', async () => {
    await ready();
    const before = shown();
    for (const path of [kinds['a large object']!.find(), kinds['a record']!.find()])
      damageUnseen(path);
    expect((await verified()).findings.length).toBeGreaterThan(1);
    expect((await rig.run(text)).finished.executed).toBe(2);
    await expectWhole(before);
  });
});

describe('something in the way in latest/', () => {
  it.each(['a', 'a/out', 'a/out/value.txt', 'a/.outputs'])('at %s is renamed', async (path) => {
    await ready();
    const full = join(rig.layout.latest, path);
    rmSync(full, { recursive: true });
    if (path === 'a' || path === 'a/out') writeFileSync(full, 'of a person');
    else mkdirSync(join(full, 'of a person'), { recursive: true });
    const other = text.replace('text: x', 'text: other');
    const { finished, events } = await rig.run(other);
    expect(finished).toMatchObject({ failed: 0, remaining: 0 });
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(readFileSync(join(rig.layout.latest, 'a/out/value.txt'), 'utf8')).toContain('other');
    expect(readdirSync(dirname(full)).some((name) => name.endsWith('.1'))).toBe(true);
  });

  it('a damaged note does not make our files look like user files', async () => {
    await ready();
    appendFileSync(join(rig.layout.latest, 'a/.outputs'), 'x');
    await rig.run(text.replace('text: x', 'text: other'));
    expect(readdirSync(join(rig.layout.latest, 'a/out'))).toEqual(['value.txt']);
  });
});
