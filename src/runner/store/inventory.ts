/** What lies in the store, as the disk has it: names and sizes, nothing is opened. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, isDigest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { Layout } from './layout.ts';

export interface StoredFile<Name extends Digest> {
  readonly name: Name;
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly changed: number;
}

/** Files of other names are nobody's and are left alone. */
export function* storedObjects(layout: Layout): Generator<StoredFile<Digest>> {
  yield* storedFiles<Digest>(layout.objects, '');
}

export function* storedRecords(layout: Layout): Generator<StoredFile<StageKey>> {
  yield* storedFiles<StageKey>(layout.actions, '.json');
}

/** The number of bytes in a file or a folder; 0 where it is gone. */
export function bytesOf(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return status?.size ?? 0;
  return entriesOf(path).reduce((sum, { name }) => sum + bytesOf(join(path, name)), 0);
}

/** The latest change of a file, or of anything in a folder, in milliseconds since the epoch. */
export function lastChange(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return 0;
  if (!status.isDirectory()) return status.mtimeMs;
  const inside = entriesOf(path).map(({ name }) => lastChange(join(path, name)));
  return Math.max(status.mtimeMs, ...inside);
}

export function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function* storedFiles<Name extends Digest>(
  root: string,
  ending: string,
): Generator<StoredFile<Name>> {
  for (const folder of entriesOf(root)) {
    if (!folder.isDirectory()) continue;
    for (const entry of entriesOf(join(root, folder.name))) {
      if (!entry.isFile() || !entry.name.endsWith(ending)) continue;
      const name = folder.name + entry.name.slice(0, entry.name.length - ending.length);
      if (!isDigest(name)) continue;
      const path = join(root, folder.name, entry.name);
      const status = statSync(path, { throwIfNoEntry: false });
      if (status) yield { name: name as Name, path, size: status.size, changed: status.mtimeMs };
    }
  }
}
