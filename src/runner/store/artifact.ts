/**
 * An immutable tree of files: a manifest of (path, digest, size), itself an object of the store, and
 * the artifact's name is the manifest's digest.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import type { JsonObject } from '../json.ts';
import { canonical } from '../key/canonical.ts';
import { type Digest, digestFile, digestOf, isDigest } from '../key/digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { atOnce } from './flushes.ts';
import { signOfLife } from './holder.ts';
import type { ObjectStore } from './object-store.ts';

export interface ArtifactFile {
  /** Relative, with '/'. */
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  /** Its owner may execute it. */
  readonly executable?: boolean;
}

export interface Artifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
  /** It was made as one file, and is laid as that file where it is an input. */
  readonly single: boolean;
}

/** The name of an artifact of these files, and the text that it is the digest of. */
export function describeArtifact(
  files: readonly ArtifactFile[],
  single: boolean,
): Artifact & { readonly manifest: string } {
  const tree = { record: 'tree/1', files, ...(single && { single }) };
  const manifest = canonical(tree as unknown as JsonObject);
  return { digest: digestOf(manifest), files, single, manifest };
}

/**
 * Moves all files of `folder` into the store; of a `single` one the folder holds just that. Fails with
 * the path of what is not a plain file.
 */
export function captureArtifact(
  folder: string,
  store: ObjectStore,
  single = false,
  flushes = atOnce,
): Result<Artifact, string> {
  const paths = listFiles(folder, '');
  if (!paths.ok) return paths;
  const files = paths.value.sort().map((path): ArtifactFile => {
    const { executable, ...moved } = store.moveIn(join(folder, path), flushes);
    return { path, ...moved, ...(executable && { executable }) };
  });
  const { manifest, ...artifact } = describeArtifact(files, single);
  store.putText(manifest, flushes);
  return ok(artifact);
}

/** The name that an artifact of this folder would have; everything stays where it is. */
export function measureArtifact(folder: string, single = false): Result<Artifact, string> {
  const paths = listFiles(folder, '');
  if (!paths.ok) return paths;
  const files = paths.value.sort().map((path): ArtifactFile => {
    const full = join(folder, path);
    const { size, mode } = lstatSync(full);
    const executable = (mode & 0o100) !== 0;
    return { path, digest: digestFile(full, signOfLife), size, ...(executable && { executable }) };
  });
  const { manifest: _text, ...artifact } = describeArtifact(files, single);
  return ok(artifact);
}

/** Undefined where the manifest is missing, damaged or none. */
export function readArtifact(digest: Digest, store: ObjectStore): Artifact | undefined {
  const tree = parseJson(store.readText(digest) ?? '') as Tree | undefined;
  if (tree?.record !== 'tree/1' || !Array.isArray(tree.files)) return undefined;
  const { files, single = false } = tree;
  return files.every((file) => isDigest(file.digest)) ? { digest, files, single } : undefined;
}

/** Whether all that these name has its bytes: a stat a file that was read before. */
export function isWhole(
  { outputs }: { readonly outputs: Readonly<Record<string, Digest>> },
  store: ObjectStore,
): boolean {
  return Object.values(outputs).every((digest) => {
    const artifact = store.isWhole(digest) ? readArtifact(digest, store) : undefined;
    return artifact?.files.every((file) => store.isWhole(file.digest, file.size)) ?? false;
  });
}

interface Tree {
  readonly record: string;
  readonly files: readonly ArtifactFile[];
  readonly single?: boolean;
}

function listFiles(root: string, inside: string): Result<string[], string> {
  const found: string[] = [];
  for (const name of readdirSync(join(root, inside))) {
    const path = inside === '' ? name : `${inside}/${name}`;
    const status = lstatSync(join(root, path));
    if (status.isDirectory()) {
      const deeper = listFiles(root, path);
      if (!deeper.ok) return deeper;
      for (const one of deeper.value) found.push(one);
    } else if (status.isFile()) found.push(path);
    else return fail(path);
  }
  return ok(found);
}
