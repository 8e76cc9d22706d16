/**
 * `latest/<stage>/`: the newest outputs of each stage, for people.
 *
 * A note lists the files that the program put there, so that only those are ever removed. While
 * files are being changed, the note says so, and the next run completes the work of a killed run. A
 * file is up to date if it has the size and the modification time of its object. So a run with
 * nothing to do costs one stat per file.
 */
import {
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode, isAbsent } from '../../base/system-error.ts';
import type { Digest } from '../key/digest.ts';
import { inFolder, moveFile, temporaryPath } from './durable.ts';
import { fileAt, isTaken } from './file-stamp.ts';
import { isNoteOf, NOTE, type Note, notePath, noteText, readNote } from './latest-note.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { placeObject } from './place-file.ts';
import { type ShownFile, shownFiles } from './shown-files.ts';

/**
 * Whether all of these files are shown as they are stored. Costs two stats per file. Use it only if
 * the index says that they are shown.
 */
export function isShown(
  folder: string,
  files: readonly ShownFile[],
  layout: Layout,
  store: ObjectStore,
): boolean {
  return files.every((file) => shows(`${layout.latest}/${folder}/${file.path}`, file, store));
}

/** Whether the file has this size and modification time. Costs one stat. */
export function hasSizeAndTime(path: string, size: number, time: number): boolean {
  const shown = fileAt(path);
  // The file system may round the times that are set.
  return shown?.size === size && Math.abs(shown.mtimeMs - time) < 1;
}

/**
 * `folder` is relative to `latest/`. `before` are the outputs that were shown last, according to
 * the index. Returns the files that are shown now. Returns undefined if the bytes are no longer in
 * the store, so the stage has to run again. Throws if the file system refuses.
 */
export function showLatest(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  layout: Layout,
  store: ObjectStore,
  before: Readonly<Record<string, Digest>> = {},
): readonly ShownFile[] | undefined {
  const files = shownFiles(outputs, store);
  return files && show(folder, outputs, files, layout, store, before) ? files : undefined;
}

/** False if the bytes are no longer in the store. */
function show(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  files: readonly ShownFile[],
  layout: Layout,
  store: ObjectStore,
  before: Readonly<Record<string, Digest>>,
): boolean {
  const root = join(layout.latest, folder);
  const note = readNote(root);
  const isPlaced = (file: ShownFile): boolean => place(root, file, layout, store);
  const paths = files.map(({ path }) => path);
  // An earlier version may have put the files of these outputs elsewhere.
  if (isNoteOf(note, outputs) && JSON.stringify(note?.files) === JSON.stringify(paths)) {
    return files.every((file) => shows(join(root, file.path), file, store) || isPlaced(file));
  }
  if (isNew(root)) {
    // The folder is new. If this run is killed, the next one adds the missing files.
    writeFileSync(notePath(root), noteText({ outputs, files: paths }));
    return files.every(isPlaced);
  }
  // A missing or damaged note names no files, so use the previous outputs.
  const known = note?.files ?? shownFiles(before, store)?.map(({ path }) => path) ?? [];
  const wanted = new Set(paths);
  // First, because a file may get the place of a folder of ours.
  for (const path of known) if (!wanted.has(path)) removeShown(root, path);
  const ours = new Set(known);
  for (const path of paths) if (!ours.has(path)) renameAway(join(root, path));
  writeNote(layout, root, { outputs: null, files: [...new Set([...known, ...paths])] });
  // Files of other outputs may have the same size and time, so all files are placed.
  if (!files.every(isPlaced)) return false;
  writeNote(layout, root, { outputs, files: paths });
  return true;
}

/**
 * Whether a file has the size and the modification time of its object. Copies are given that time.
 */
function shows(path: string, { digest, size }: ShownFile, store: ObjectStore): boolean {
  const object = fileAt(store.path(digest));
  return object !== undefined && hasSizeAndTime(path, size, object.mtimeMs);
}

/** A file that belongs to the user is renamed, not overwritten. */
function renameAway(target: string): void {
  if (!isTaken(target) || removeEmptyFolder(target)) return;
  for (let number = 1; ; number++) {
    const aside = `${target}.${number}`;
    if (isTaken(aside)) continue;
    renameSync(target, aside);
    return;
  }
}

/** Creates the folder. False if it existed. */
function isNew(root: string): boolean {
  try {
    inFolder(dirname(root), () => mkdirSync(root));
    return true;
  } catch (problem) {
    if (!hasCode(problem, 'EEXIST')) throw problem;
    return false;
  }
}

/** Removes an empty folder. False if it is not a folder, or not empty. */
function removeEmptyFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (problem) {
    if (isAbsent(problem) || hasCode(problem, 'ENOTEMPTY', 'EEXIST')) return false;
    throw problem;
  }
}

// Temporary files are made in a folder that is swept, because files of a killed run must not be
// shown.

function writeNote(layout: Layout, root: string, note: Note): void {
  const from = temporaryPath(layout.temporary);
  writeFileSync(from, noteText(note));
  putInPlace(from, root, NOTE);
}

/** Removes one of our files and the folders that become empty. Other files keep their folder. */
function removeShown(root: string, path: string): void {
  const target = join(root, path);
  if (fileAt(target)) rmSync(target, { force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    if (!removeEmptyFolder(join(root, folder))) return;
  }
}

/** False if the bytes are no longer in the store. */
function place(
  root: string,
  { path, digest, size, executable }: ShownFile,
  layout: Layout,
  store: ObjectStore,
): boolean {
  if (!store.isWhole(digest, size)) return false;
  const from = temporaryPath(layout.temporary);
  const object = store.path(digest);
  const { atimeMs, mtimeMs } = lstatSync(object);
  const shares = placeObject(object, from, { size, executable });
  // A copy is recognized by its time.
  if (!shares) utimesSync(from, atimeMs / 1000, mtimeMs / 1000);
  putInPlace(from, root, path);
  // If both names already belong to the same file, a rename does nothing and leaves both.
  if (shares) rmSync(from, { force: true });
  return true;
}

/**
 * Gives the file its name. A folder in its place, or a file in the place of a parent folder, is
 * renamed.
 */
function putInPlace(from: string, root: string, path: string): void {
  const target = join(root, path);
  try {
    inFolder(dirname(target), () => moveFile(from, target));
  } catch (problem) {
    if (!hasCode(problem, 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY')) throw problem;
    for (const folder of foldersAbove(path))
      if (fileAt(join(root, folder))) renameAway(join(root, folder));
    if (!fileAt(target)) renameAway(target);
    inFolder(dirname(target), () => moveFile(from, target));
  }
}

/** `a` and `a/b` for `a/b/c`, and the root itself. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}
