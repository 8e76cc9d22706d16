/** `latest/` contains the outputs of a stage, and no temporary files. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/runner/key/digest.ts';
import { noteText } from '../../../src/runner/store/latest-note.ts';
import { showLatest } from '../../../src/runner/store/latest-tree.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { captureArtifact } from '../rig.ts';

let root: string;
let layout: Layout;
let store: ObjectStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'latest-'));
  layout = new Layout(join(root, 'artifacts'));
  store = new ObjectStore(layout);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function artifactOf(files: Readonly<Record<string, string | Uint8Array>>, single = false): Digest {
  const folder = mkdtempSync(join(root, 'made-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const captured = captureArtifact(folder, store, single);
  if (!captured.ok) throw new Error(captured.error);
  return captured.value.digest;
}

const show = (digest: Digest): boolean =>
  showLatest('stage', { out: digest }, layout, store) !== undefined;

it('a large file that does not change leaves no second name', () => {
  const large = Buffer.alloc(5 << 20, 'x');
  show(artifactOf({ large, small: 'one' }));
  show(artifactOf({ large, small: 'two' }));
  expect(readdirSync(join(layout.latest, 'stage')).sort()).toEqual(['.outputs', 'large', 'small']);
  expect(readdirSync(layout.temporary)).toEqual([]);
});

it('a file of a process that was killed while placing it is not shown', () => {
  const name = 'n'.repeat(255);
  show(artifactOf({ [name]: 'one' }));
  const digest = artifactOf({ [name]: 'two' });
  // A folder is in the place of our file, and its name is too long to be renamed.
  rmSync(join(layout.latest, 'stage', name));
  mkdirSync(join(layout.latest, 'stage', name, 'inside'), { recursive: true });
  expect(() => show(digest)).toThrow();
  expect(readdirSync(join(layout.latest, 'stage')).sort()).toEqual(['.outputs', name]);
});

describe('several outputs', () => {
  const outputs = () => ({
    'seen.txt': artifactOf({ 'seen.txt': 'seen' }, true),
    'out/names.txt': artifactOf({ 'names.txt': 'names' }, true),
    // A folder that holds a file of its own name.
    model: artifactOf({ model: 'bytes' }),
    scores: artifactOf({ 'scores.json': '{}' }, true),
    '.outputs': artifactOf({ '.outputs': 'no note' }, true),
  });
  const files = () =>
    readdirSync(join(layout.latest, 'stage'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(join(layout.latest, 'stage'), join(parentPath, name)))
      .sort();
  const expected = [
    '.outputs',
    '.outputs_',
    'model/model',
    'out/names.txt',
    'scores/scores.json',
    'seen.txt',
  ];

  it('that are one file of the same name are shown without a subfolder', () => {
    expect(showLatest('stage', outputs(), layout, store)).toHaveLength(5);
    expect(files()).toEqual(expected);
    const single = { 'out/names.txt': artifactOf({ 'names.txt': 'alone' }, true) };
    showLatest('stage', single, layout, store);
    expect(files()).toEqual(['.outputs', 'names.txt']);
  });

  it('that an earlier version showed in subfolders get their place, and leave nothing', () => {
    const all = outputs();
    const stage = join(layout.latest, 'stage');
    const before = ['seen.txt/seen.txt', 'out/names.txt/names.txt', 'model/model'];
    for (const path of before) {
      mkdirSync(dirname(join(stage, path)), { recursive: true });
      writeFileSync(join(stage, path), 'before');
    }
    writeFileSync(join(stage, '.outputs'), noteText({ outputs: all, files: before }));
    showLatest('stage', all, layout, store);
    expect(files()).toEqual(expected);
  });

  it("get their place where a folder has a user's file, which is kept", () => {
    const stage = join(layout.latest, 'stage');
    mkdirSync(join(stage, 'seen.txt'), { recursive: true });
    writeFileSync(join(stage, 'seen.txt', 'mine'), 'mine');
    showLatest('stage', outputs(), layout, store);
    expect(files()).toEqual([...expected, 'seen.txt.1/mine']);
  });
});
