import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changedFiles, describeFiles } from '../../../src/runner/history/input-files.ts';
import { type Digest, digestOf } from '../../../src/runner/key/digest.ts';

import { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { makeWorkspace } from '../../../src/runner/store/workspace.ts';
import { captureArtifact, Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

function stored(...names: readonly string[]): Digest {
  const folder = makeWorkspace(rig.layout, ['out']).outputs.out!;
  for (const name of names) writeFileSync(join(folder, name.split('=')[0]!), name);
  const artifact = captureArtifact(folder, new ObjectStore(rig.layout));
  if (!artifact.ok) throw new Error(artifact.error);
  return artifact.value.digest;
}

const changesOf = (removed: readonly Digest[], added: readonly Digest[]): string[] =>
  changedFiles([{ kind: 'input', port: 'in', added, removed }], new ObjectStore(rig.layout)).map(
    describeFiles,
  );

it('compares manifests by path', () => {
  const before = stored('same', 'weights=1', 'old');
  const after = stored('same', 'weights=2', 'new');
  expect(changesOf([before], [after])).toEqual(['new added, old removed, weights changed']);
});

it('names a few, and counts the rest', () => {
  const before = stored('a=1', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1');
  const after = stored('a=2', 'b=2', 'c=2', 'd=2', 'e=2', 'f=2');
  expect(changesOf([before], [after])).toEqual([
    'a changed, b changed, c changed, d changed and 2 more',
  ]);
});

it('pairs similar artifacts if an input takes many', () => {
  const [one, two] = [stored('one', 'n=1'), stored('two', 'm=1')];
  const [newOne, newTwo] = [stored('one', 'n=2'), stored('two', 'm=2')];
  expect(changesOf([one, two], [newTwo, newOne])).toEqual(['m changed, n changed']);
});

it('compares nothing if artifacts were only added or removed, or if the old ones are gone', () => {
  expect(changesOf([], [stored('a')])).toEqual([]);
  expect(changesOf([stored('a')], [])).toEqual([]);
  expect(changesOf([digestOf('gone')], [stored('a')])).toEqual([
    'its changed files are unknown: the old list is no longer in the store',
  ]);
});
