/**
 * Lists the content of the store on disk: names and sizes. No file is opened.
 *
 * A missing folder counts as empty. An unreadable one throws, because only an error that says so
 * means "empty".
 */
import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { unlessAbsent } from '../../base/system-error.ts';
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

/** Called for an entry that could not be read and was skipped. */
export type OnUnreadable = (problem: unknown, path: string) => void;

/** Files with other names are ignored. */
export function* storedObjects(
  layout: Layout,
  onUnreadable?: OnUnreadable,
): Generator<StoredFile<Digest>> {
  yield* storedFiles<Digest>(layout.objects, '', onUnreadable);
}

/**
 * Includes a folder in the place of a record, so that it is reported as damaged and not skipped.
 */
export function* storedRecords(
  layout: Layout,
  onUnreadable?: OnUnreadable,
): Generator<StoredFile<StageKey>> {
  yield* storedFiles<StageKey>(layout.actions, '.json', onUnreadable, true);
}

/** The number of bytes in a file or a folder; 0 if it is gone. */
export function bytesOf(path: string): number {
  const status = statusOf(path);
  if (!status?.isDirectory()) return status?.size ?? 0;
  return entriesOf(path).reduce((sum, { name }) => sum + bytesOf(join(path, name)), 0);
}

/**
 * The latest modification of a file, or of anything in a folder, in milliseconds since the epoch.
 */
export function lastChange(path: string): number {
  const status = statusOf(path);
  if (!status) return 0;
  if (!status.isDirectory()) return status.mtimeMs;
  const inside = entriesOf(path).map(({ name }) => lastChange(join(path, name)));
  return Math.max(status.mtimeMs, ...inside);
}

export function entriesOf(folder: string): readonly Dirent[] {
  return unlessAbsent(() => readdirSync(folder, { withFileTypes: true })) ?? [];
}

/** Undefined if nothing has this name. Links are followed. */
export function statusOf(path: string): Stats | undefined {
  return unlessAbsent(() => statSync(path, { throwIfNoEntry: false }));
}

/**
 * Returns a function that looks at a path. An error is thrown, or given to `onUnreadable` and
 * skipped.
 */
export function lookWith(
  onUnreadable: OnUnreadable = (problem) => {
    throw problem;
  },
): <T>(path: string, how: (path: string) => T) => T | undefined {
  return (path, how) => {
    try {
      return how(path);
    } catch (problem) {
      onUnreadable(problem, path);
      return undefined;
    }
  };
}

function* storedFiles<Name extends Digest>(
  root: string,
  ending: string,
  onUnreadable?: OnUnreadable,
  folders = false,
): Generator<StoredFile<Name>> {
  const look = lookWith(onUnreadable);
  for (const folder of look(root, entriesOf) ?? []) {
    for (const entry of look(join(root, folder.name), entriesOf) ?? []) {
      if ((entry.isDirectory() && !folders) || !entry.name.endsWith(ending)) continue;
      const name = folder.name + entry.name.slice(0, entry.name.length - ending.length);
      if (!isDigest(name)) continue;
      const path = join(root, folder.name, entry.name);
      const status = look(path, statusOf);
      if (!status?.isFile() && !(folders && status?.isDirectory())) continue;
      yield { name: name as Name, path, size: status.size, changed: status.mtimeMs };
    }
  }
}
