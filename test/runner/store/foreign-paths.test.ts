/**
 * The content of a shared store may come from other people. No path in it may lead a run, or a
 * command that reads the store, out of the folder that the path belongs to.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../../src/runner/index.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { LastResults } from '../../../src/runner/state/last-results.ts';
import {
  type ArtifactFile,
  describeArtifact,
  readArtifact,
} from '../../../src/runner/store/artifact.ts';
import { storedRecords } from '../../../src/runner/store/inventory.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { seal, unseal } from '../../../src/runner/store/sealed-json.ts';
import { isTreePath } from '../../../src/runner/store/tree-path.ts';
import { make, Rig } from '../rig.ts';

let rig: Rig;
let store: ObjectStore;
beforeEach(() => {
  rig = new Rig();
  store = new ObjectStore(rig.layout);
  store.putText('stolen');
});
afterEach(() => rig.remove());

const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

const UNSAFE = [
  '',
  '.',
  '..',
  '/',
  '/etc/passwd',
  '../x',
  '../../../../victim',
  'a/../../x',
  'a/..',
  'a/.',
  './a',
  'a//b',
  'a/',
  'a\0b',
];

describe('a path in a list of files', () => {
  it.each([
    'a',
    'a/b',
    '..a',
    'a..',
    '...',
    '.a',
    'a\\..\\b',
    ' ',
    '__proto__',
    'a\nb',
    '~/x',
    'C:/x',
  ])('may be %j', (path) => expect(isTreePath(path)).toBe(true));

  it.each([...UNSAFE, 1, null, undefined, {}, ['a']])('may not be %j', (path) => {
    expect(isTreePath(path)).toBe(false);
  });
});

/** A list of files that somebody could have put into the store, under the right name. */
function forged(files: unknown): ReturnType<typeof digestOf> {
  return store.putText(JSON.stringify({ files, record: 'tree/1' }));
}

function fileAt(path: unknown, more: object = {}): object {
  return { path, digest: digestOf('stolen'), size: 6, ...more };
}

describe('a list of files', () => {
  it.each(UNSAFE)('with the path %j is refused', (path) => {
    expect(readArtifact(forged([fileAt('x'), fileAt(path)]), store)).toBeUndefined();
  });

  it.each([
    ['no array', {}],
    ['null as a file', [null]],
    ['a digest that is a path', [{ path: 'x', digest: '../../x', size: 1 }]],
    ['a size below 0', [fileAt('x', { size: -1 })]],
    ['a size that is not a number', [fileAt('x', { size: '1' })]],
    ['a path twice', [fileAt('x'), fileAt('x')]],
    ['a file in a file', [fileAt('x'), fileAt('x-'), fileAt('x/y')]],
  ])('with %s is refused', (_what, files) => {
    expect(readArtifact(forged(files), store)).toBeUndefined();
  });

  it('that was not changed is read', () => {
    const files = [fileAt('x/y'), fileAt('x-'), fileAt('x.y')] as ArtifactFile[];
    const { digest, manifest } = describeArtifact(files, false);
    store.putText(manifest);
    expect(readArtifact(digest, store)).toEqual({ digest, files, single: false });
  });
});

/** Changes the outputs in the records of a stage, in the format of a record. */
function forgeRecord(stage: string, outputs: (known: Record<string, string>) => object): void {
  for (const { path } of storedRecords(rig.layout)) {
    const { check: _check, ...record } = unseal(readFileSync(path, 'utf8'))!.value as {
      check: string;
      provenance: { stage: string };
      outputs: Record<string, string>;
    };
    if (record.provenance.stage !== stage) continue;
    chmodSync(path, 0o644);
    writeFileSync(path, `${seal({ ...record, outputs: outputs(record.outputs) }, 2)}\n`);
  }
}

/** Deletes everything that was remembered between runs, and everything that is shown. */
function forget(): void {
  for (const path of [rig.layout.lastResults, rig.layout.lastPlan, rig.layout.latest]) {
    rmSync(path, { recursive: true, force: true });
  }
}

const watch = { signal: new AbortController().signal, onProgress: () => undefined };

describe('a victim outside of the artifacts', () => {
  let victim: string;
  beforeEach(() => {
    victim = join(rig.root, 'victim');
    mkdirSync(victim);
    writeFileSync(join(victim, '.bashrc'), 'mine');
  });
  afterEach(() => {
    expect(readFileSync(join(victim, '.bashrc'), 'utf8')).toBe('mine');
  });

  it.each([
    '../../../victim/.bashrc',
    '../../victim/.bashrc',
    'x/../../../../victim/.bashrc',
    'absolute',
  ])('is not written by a list of files that names %s', async (path) => {
    await rig.run(text);
    const named = path === 'absolute' ? join(victim, '.bashrc') : path;
    const list = forged([fileAt(named)]);
    forgeRecord('a', (known) => ({ ...known, out: list }));
    forget();
    const { findings } = await verify(rig.project(text), watch);
    expect(findings).toContainEqual({
      type: 'damaged-object',
      digest: list,
      bytes: expect.any(Number),
      why: 'it is not a valid list of files: a path is outside its folder or occurs twice, or it has another format',
      moved: true,
    });
    store.putText(readFileSync(join(rig.layout.corrupt, list), 'utf8'));
    const again = await rig.run(text);
    expect(again.finished).toMatchObject({ executed: 1, cached: 1, failed: 0 });
    expect(rig.outputText(again, 'a')).toContain('x');
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
  });

  it.each(['../../../victim', '/victim', '', '..'])(
    'is not written to by a record with the output %j',
    async (port) => {
      await rig.run(text);
      const list = forged([fileAt('.bashrc')]);
      forgeRecord('a', (known) => ({ ...known, [port]: list }));
      forget();
      const again = await rig.run(text);
      expect(again.finished).toMatchObject({ executed: 1, cached: 1, failed: 0 });
    },
  );

  it('is reported by verify if a record names it', async () => {
    await rig.run(text);
    forgeRecord('a', (known) => ({ ...known, '../../../victim': known.out! }));
    const { findings } = await verify(rig.project(text), watch);
    expect(findings).toMatchObject([
      { type: 'damaged-record', why: 'it names an output that no stage can have' },
    ]);
  });

  it('is not deleted because of a note', async () => {
    await rig.run(text);
    const note = join(rig.layout.latest, 'a/.outputs');
    writeFileSync(note, JSON.stringify({ outputs: {}, files: ['../../../victim/.bashrc'] }));
    rmSync(rig.layout.lastResults);
    rmSync(rig.layout.lastPlan);
    await rig.run(text.replace('text: x', 'text: y'));
    expect(existsSync(join(rig.layout.latest, 'a/out/value.txt'))).toBe(true);
  });

  it('is not written because of a line of the index', async () => {
    const first = await rig.run(text);
    const { key } = first.events.find((event) => event.type === 'stage-finished')!;
    const entry = { stage: 'a', key, outputs: { '../../../victim': forged([fileAt('.bashrc')]) } };
    rmSync(rig.layout.latest, { recursive: true });
    writeFileSync(rig.layout.lastResults, `${JSON.stringify({ ...entry, shown: [] })}\n`);
    expect(new LastResults(rig.layout).get('a')).toBeUndefined();
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
  });
});

it('an output with the name of the note is shown under another name', async () => {
  rig.types.set('make', { ...make, outputs: { out: 'file' } });
  rig.executor.instead.set('a', ({ outputs }) => {
    for (const name of ['.outputs', '.outputs_', '.outputsx']) {
      writeFileSync(join(outputs.out!, name), name);
    }
    return { ok: true, value: undefined };
  });
  const one = `stages: { a: { uses: make, with: { name: a } } }`;
  for (const executed of [1, 0]) {
    expect((await rig.run(one)).finished).toMatchObject({ executed, failed: 0 });
    const shown = (name: string): string =>
      readFileSync(join(rig.layout.latest, 'a', name), 'utf8');
    expect(shown('.outputs_')).toBe('.outputs');
    expect(shown('.outputs__')).toBe('.outputs_');
    expect(shown('.outputsx')).toBe('.outputsx');
    rmSync(rig.layout.lastPlan);
  }
});
