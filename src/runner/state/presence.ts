/**
 * Checks whether a result is still on the disk as the last run saw it: its record, its objects, and
 * its files under `latest/`. Costs one stat per file and reads none.
 *
 * The check must be exactly as strict as a decision that reads the record (`execution/decide.ts`).
 */
import type { Digest } from '../key/digest.ts';
import type { ActionCache } from '../store/action-cache.ts';
import { fileAt, partsOf } from '../store/file-stamp.ts';
import { NOTE } from '../store/latest-note.ts';
import { hasSizeAndTime } from '../store/latest-tree.ts';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { shownFiles } from '../store/shown-files.ts';
import type { LastResult } from './last-results.ts';
import type { StoredResult } from './results.ts';

/**
 * Undefined if too little is known about the result. `folder` is the folder of its stage, relative
 * to `latest/`.
 */
export function storedResult(
  { key, outputs, shown: few }: LastResult,
  folder: string,
  { actions, store }: { readonly actions: ActionCache; readonly store: ObjectStore },
  layout: Layout,
): StoredResult | undefined {
  const listed = few ?? shownFiles(outputs, store);
  const record = actions.stampOf(key, outputs);
  if (!listed || record === undefined) return undefined;
  const stamps: number[] = [...partsOf(record)];
  const shown: string[] = [];
  for (const port in outputs) {
    const stamp = store.stampOf(outputs[port]!);
    if (stamp === undefined) return undefined;
    stamps.push(...partsOf(stamp));
  }
  for (const { path, digest } of listed) {
    const stamp = store.stampOf(digest);
    if (stamp === undefined) return undefined;
    stamps.push(...partsOf(stamp));
    shown.push(digest, `${folder}/${path}`);
  }
  // A run that changes many shown files only records that in the note.
  const note = `${folder}/${NOTE}`;
  const noted = few ? undefined : fileAt(`${layout.latest}/${note}`);
  if (noted) stamps.push(noted.size, noted.mtimeMs, noted.ino);
  return { key, outputs, shown, note: noted && note, stamps, first: 0 };
}

/** Whether the result is still there. `layout` may have relative paths. */
export function isPresent(
  { key, outputs, shown, note, stamps, first }: StoredResult,
  layout: Layout,
): boolean {
  let at = first;
  if (!isAsStamped(layout.action(key), stamps, at)) return false;
  for (const port in outputs) {
    at += 3;
    if (!isAsStamped(layout.object(outputs[port]!), stamps, at)) return false;
  }
  for (let i = 0; i < shown.length; i += 2) {
    at += 3;
    if (!isAsStamped(layout.object(shown[i] as Digest), stamps, at)) return false;
    const path = `${layout.latest}/${shown[i + 1]}`;
    if (!hasSizeAndTime(path, stamps[at]!, stamps[at + 1]!)) return false;
  }
  return note === undefined || isAsStamped(`${layout.latest}/${note}`, stamps, at + 3);
}

function isAsStamped(path: string, stamps: ArrayLike<number>, at: number): boolean {
  const file = fileAt(path);
  return (
    file !== undefined &&
    file.mtimeMs === stamps[at + 1] &&
    file.size === stamps[at] &&
    file.ino === stamps[at + 2]
  );
}
