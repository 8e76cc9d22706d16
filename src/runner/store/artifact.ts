/**
 * An immutable tree of files: a manifest of (path, digest, size), itself an object of the store, and
 * the artifact's name is the manifest's digest.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../json.ts';
import { canonical } from '../key/canonical.ts';
import { type Digest, isDigest } from '../key/digest.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ObjectStore } from './object-store.ts';

export interface ArtifactFile {
  /** Relative, with '/'. */
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface Artifact {
  readonly digest: Digest;
  readonly files: readonly ArtifactFile[];
}

/** Moves all files of `folder` into the store. Fails with the path of what is not a plain file. */
export function captureArtifact(folder: string, store: ObjectStore): Result<Artifact, string> {
  const paths = listFiles(folder, '');
  if (!paths.ok) return paths;
  const files = paths.value.sort().map((path) => ({ path, ...store.moveIn(join(folder, path)) }));
  const manifest = { record: 'tree/1', files };
  return ok({ digest: store.putText(canonical(manifest as unknown as JsonObject)), files });
}

/** Undefined where the manifest is missing or is none. */
export function readArtifact(digest: Digest, store: ObjectStore): Artifact | undefined {
  const text = store.readText(digest);
  if (text === undefined) return undefined;
  try {
    const { record, files } = JSON.parse(text) as { record: string; files: ArtifactFile[] };
    const whole = record === 'tree/1' && files.every((file) => isDigest(file.digest));
    return whole ? { digest, files } : undefined;
  } catch {
    return undefined;
  }
}

function listFiles(root: string, inside: string): Result<string[], string> {
  const found: string[] = [];
  for (const name of readdirSync(join(root, inside))) {
    const path = inside === '' ? name : `${inside}/${name}`;
    const status = lstatSync(join(root, path));
    if (status.isDirectory()) {
      const deeper = listFiles(root, path);
      if (!deeper.ok) return deeper;
      found.push(...deeper.value);
    } else if (status.isFile()) found.push(path);
    else return fail(path);
  }
  return ok(found);
}
