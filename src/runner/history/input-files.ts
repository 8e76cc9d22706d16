/**
 * Finds the changed files of an input by comparing the manifests of the old and the new artifacts.
 *
 * It reads the store, so it is used only to explain single stages, not for a plan with thousands of stages.
 */
import { listed } from '../../base/listed.ts';
import type { PlacedChange } from '../execution/reason.ts';
import type { Digest } from '../key/digest.ts';
import { type Artifact, readArtifact } from '../store/artifact.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface FileChange {
  readonly path: string;
  readonly how: 'changed' | 'added' | 'removed';
}

export interface InputFiles {
  readonly port: string;
  /** Whether some of the old artifacts are no longer in the store, so that nothing can be compared. */
  readonly gone: boolean;
  readonly files: readonly FileChange[];
}

export function changedFiles(
  changes: readonly PlacedChange[],
  store: ObjectStore,
): readonly InputFiles[] {
  return changes.flatMap((change): InputFiles[] => {
    if (change.kind !== 'input' || change.added.length === 0 || change.removed.length === 0) {
      return [];
    }
    const before = readAll(change.removed, store);
    const after = readAll(change.added, store);
    const { port } = change;
    if (!before || !after) return [{ port, gone: true, files: [] }];
    return [{ port, gone: false, files: pairs(before, after).flatMap(compare) }];
  });
}

/** `classifier.safetensors changed, notes.txt added and 3 more`. */
export function describeFiles({ gone, files }: InputFiles): string {
  if (gone) return 'its changed files are unknown: the old list is no longer in the store';
  return listed(
    files.map(({ path, how }) => `${path} ${how}`),
    MOST_NAMED,
  );
}

const MOST_NAMED = 4;

/** For a port that gathers hundreds of artifacts, the first ones are enough to see what changed. */
const MOST_READ = 20;

function readAll(digests: readonly Digest[], store: ObjectStore): Artifact[] | undefined {
  const artifacts: Artifact[] = [];
  for (const digest of digests.slice(0, MOST_READ)) {
    const artifact = readArtifact(digest, store);
    if (!artifact) return undefined;
    artifacts.push(artifact);
  }
  return artifacts;
}

/** Pairs each new artifact with the most similar old one, because the artifacts of a port have no names. */
function pairs(before: readonly Artifact[], after: readonly Artifact[]): [Artifact, Artifact][] {
  const rest = [...before];
  return after.flatMap((artifact): [Artifact, Artifact][] => {
    const likeness = rest.map((old) => shared(old, artifact));
    const best = likeness.indexOf(Math.max(...likeness));
    const [old] = best < 0 ? [] : rest.splice(best, 1);
    return old ? [[old, artifact]] : [];
  });
}

function shared(before: Artifact, after: Artifact): number {
  const known = new Map(before.files.map((file) => [file.path, file.digest]));
  return after.files
    .map((file) => (known.get(file.path) === file.digest ? 2 : known.has(file.path) ? 1 : 0))
    .reduce<number>((sum, one) => sum + one, 0);
}

function compare([before, after]: readonly [Artifact, Artifact]): FileChange[] {
  const old = new Map(before.files.map((file) => [file.path, file.digest]));
  const now = new Map(after.files.map((file) => [file.path, file.digest]));
  const changes: FileChange[] = [];
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    if (!old.has(path)) changes.push({ path, how: 'added' });
    else if (!now.has(path)) changes.push({ path, how: 'removed' });
    else if (old.get(path) !== now.get(path)) changes.push({ path, how: 'changed' });
  }
  return changes;
}
