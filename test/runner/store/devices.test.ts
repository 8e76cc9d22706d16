/** Parts of the artifacts folder on separate disks. Renames and hard links between them fail. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';

const disks = vi.hoisted(() => ({
  /** Paths below the artifacts folder that are separate disks. */
  own: [] as string[],
  crossed: 0,
  /** A call that fails, and its error code. */
  broken: undefined as { call: string; code: string; of: RegExp } | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const diskOf = (path: unknown): string | undefined =>
    disks.own.findLast((one) => String(path).includes(`/artifacts/${one}/`));
  const refuse = (code: string, syscall: string, path: unknown): never => {
    const message = `${code}: refused, ${syscall} '${path}'`;
    throw Object.assign(new Error(message), { code, syscall, path: String(path), errno: -5 });
  };
  const wrapped: Record<string, unknown> = { ...real };
  for (const name of [
    'renameSync',
    'linkSync',
    'chmodSync',
    'fsyncSync',
    'copyFileSync',
    'rmSync',
  ] as const) {
    wrapped[name] = (from: unknown, to: unknown, ...rest: unknown[]) => {
      const { broken } = disks;
      if (broken?.call === name && broken.of.test(String(from))) refuse(broken.code, name, from);
      const moves = name === 'renameSync' || name === 'linkSync';
      if (moves && diskOf(from) !== diskOf(to)) {
        disks.crossed++;
        refuse('EXDEV', name, from);
      }
      return (real[name] as (...all: unknown[]) => unknown)(from, to, ...rest);
    };
  }
  return { ...wrapped, default: wrapped };
});

const { make, Rig } = await import('../rig.ts');
const { verify } = await import('../../../src/runner/index.ts');
const { ObjectStore } = await import('../../../src/runner/store/object-store.ts');
const { describeFailure } = await import('../../../src/runner/execution/failure.ts');

const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

const large = 'x'.repeat(5 << 20);

let rig: InstanceType<typeof Rig>;
beforeEach(() => {
  rig = new Rig();
  disks.own = [];
  disks.crossed = 0;
  disks.broken = undefined;
});
afterEach(() => {
  disks.broken = undefined;
  rig.remove();
});

/**
 * A clock by which a stage takes several seconds, so that its outputs are flushed before they are
 * renamed.
 */
function slowly(): () => number {
  let now = 1_700_000_000_000;
  return () => {
    now += 5000;
    return now;
  };
}

describe.each([
  ['store', ['store']],
  ['work', ['work']],
  ['latest', ['latest']],
  ['store/objects', ['store/objects']],
  ['store/actions', ['store/actions']],
  ['store/tmp', ['store/tmp']],
  ['every folder', ['store', 'store/objects', 'store/tmp', 'work', 'latest']],
])('with %s on a separate disk', (_what, own) => {
  it.each([
    ['a short stage', undefined],
    ['a long stage', slowly],
  ])('%s commits, shows its results, and is up to date then', async (_how, clock) => {
    disks.own = own;
    rig.executor.instead.set('a', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), large);
      writeFileSync(join(outputs.other!, 'note.txt'), 'note');
      return { ok: true, value: undefined };
    });
    const options = clock ? { now: clock() } : {};
    const outcome = await rig.run(text, options);
    expect(outcome.finished).toMatchObject({ executed: 2, failed: 0 });
    expect(outcome.events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(disks.crossed).toBeGreaterThan(0);
    expect(digestOf(rig.outputText(outcome, 'a'))).toBe(digestOf(large));
    const shown = readFileSync(join(rig.layout.latest, 'a/out/value.txt'), 'utf8');
    expect(digestOf(shown)).toBe(digestOf(large));
    expect((await rig.run(text, options)).finished).toMatchObject({ executed: 0, cached: 2 });
    const watch = { signal: new AbortController().signal, onProgress: () => undefined };
    expect((await verify(rig.project(text), watch)).findings).toEqual([]);
    expect(readdirSync(rig.layout.temporary)).toEqual([]);
    const shards = readdirSync(rig.layout.objects);
    const names = shards.flatMap((shard) => readdirSync(join(rig.layout.objects, shard)));
    expect(names.every((name) => /^[0-9a-f]{62}$/.test(name))).toBe(true);
  });

  it('a stage type of the project commits many files', async () => {
    disks.own = own;
    rig.types.set('make', { ...make, module: '/own.mjs' });
    rig.codes = { '/own.mjs': { digest: digestOf('own'), packages: {}, files: {} } };
    rig.executor.instead.set('a', ({ outputs }) => {
      for (let i = 0; i < 150; i++) writeFileSync(join(outputs.out!, `${i}`), `${i}`);
      writeFileSync(join(outputs.other!, 'note.txt'), 'note');
      return { ok: true, value: undefined };
    });
    const one = `stages: { a: { uses: make, with: { name: a } } }`;
    const outcome = await rig.run(one);
    expect(outcome.finished).toMatchObject({ executed: 1, failed: 0 });
    expect(readdirSync(rig.layout.temporary)).toEqual([]);
    expect(readdirSync(join(rig.layout.latest, 'a/out'))).toHaveLength(150);
  });
});

describe('a disk that refuses', () => {
  it.each([
    ['renameSync', 'EIO', /\/work\//],
    ['chmodSync', 'EPERM', /\/work\//],
    ['fsyncSync', 'EIO', /./],
  ])('%s (%s) at the end of a stage fails it with one sentence', async (call, code, of) => {
    disks.broken = { call, code, of };
    const outcome = await rig.run(text, { now: slowly() });
    expect(outcome.finished).toMatchObject({ executed: 0, failed: 1 });
    const failed = outcome.events.find((event) => event.type === 'stage-failed')!;
    const lines = describeFailure(failed.failure);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`${code}: refused, ${call}`);
    expect(lines.join('\n')).not.toMatch(/\n\s+at /);
    disks.broken = undefined;
    expect((await rig.run(text)).finished).toMatchObject({ executed: 2, failed: 0 });
  });

  it('to remove a workspace does not change the result of its stage', async () => {
    disks.broken = { call: 'rmSync', code: 'EACCES', of: /\/work\/[^/]+$/ };
    rig.types.set('make', { ...make, module: '/own.mjs' });
    rig.codes = { '/own.mjs': { digest: digestOf('own'), packages: {}, files: {} } };
    const one = `stages: { a: { uses: make, with: { name: a } } }`;
    expect((await rig.run(one)).finished).toMatchObject({ executed: 1, failed: 0 });
    rig.executor.instead.set('b', () => ({ ok: false, error: { kind: 'timeout', seconds: 1 } }));
    const { events } = await rig.run('stages: { b: { uses: make, with: { name: b } } }');
    expect(events).toContainEqual({
      type: 'stage-failed',
      stage: 'b',
      failure: { kind: 'timeout', seconds: 1 },
    });
  });

  it('to flush the results at the end of a run makes the run fail, with a message', async () => {
    disks.broken = { call: 'fsyncSync', code: 'EIO', of: /./ };
    const { finished, events } = await rig.run(text);
    expect(finished).toMatchObject({ executed: 2, failed: 0 });
    expect(finished.notOnDisk).toMatch(/^EIO: refused, fsyncSync/);
    const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^the disk did not store all results of this run: EIO: refused, fsyncSync/,
      ),
    ]);
    expect(existsSync(rig.layout.lastPlan)).toBe(false);
  });

  it('any error of link except "not supported" is reported', async () => {
    const store = new ObjectStore(rig.layout);
    mkdirSync(rig.layout.root, { recursive: true });
    const path = join(rig.layout.root, 'large');
    writeFileSync(path, large);
    const { digest } = store.moveIn(path);
    const { placeObject } = await import('../../../src/runner/store/place-file.ts');
    disks.broken = { call: 'linkSync', code: 'EIO', of: /./ };
    expect(() =>
      placeObject(store.path(digest), join(rig.layout.root, 'there'), { size: large.length }),
    ).toThrow('EIO');
  });
});

it('a failed copy between disks leaves no partial file and no name', async () => {
  const { moveFile } = await import('../../../src/runner/store/durable.ts');
  for (const folder of ['work', 'store'])
    mkdirSync(join(rig.layout.root, folder), { recursive: true });
  const from = join(rig.layout.root, 'work/x');
  writeFileSync(from, 'x');
  chmodSync(from, 0o444);
  disks.own = ['store'];
  disks.broken = { call: 'copyFileSync', code: 'ENOSPC', of: /./ };
  expect(() => moveFile(from, join(rig.layout.root, 'store/x'))).toThrow('ENOSPC');
  expect(readdirSync(join(rig.layout.root, 'store'))).toEqual([]);
  expect(readFileSync(from, 'utf8')).toBe('x');
  rmSync(from);
});
