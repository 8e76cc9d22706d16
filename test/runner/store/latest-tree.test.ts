/** `latest/` contains the outputs of a stage, and no temporary files. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Digest } from '../../../src/runner/key/digest.ts';

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

function artifactOf(files: Readonly<Record<string, string | Uint8Array>>): Digest {
  const folder = mkdtempSync(join(root, 'made-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const captured = captureArtifact(folder, store);
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
