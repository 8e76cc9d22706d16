/**
 * `latest/<stage>/`: the newest outputs of each stage, for people.
 *
 * A single output is directly in the folder of its stage. Several outputs have a subfolder each. A
 * note lists the files that the program put there, so that only those are ever removed. While files
 * are being changed, the note says so, and the next run completes the work of a killed run. A file
 * is up to date if it has the size and the modification time of its object. So a run with nothing
 * to do costs one stat per file.
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
import { type FilesByPort, filesByPort } from './artifact.ts';
import { inFolder, moveFile, temporaryPath } from './durable.ts';
import { fileAt, isTaken } from './file-stamp.ts';
import { isNoteOf, NOTE, type Note, notePath, noteText, readNote } from './latest-note.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { placeObject } from './place-file.ts';

/** A file of a result, and its path relative to `latest/`. */
export interface ShownFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Whether all of these files are shown as they are stored. Costs two stats per file. Use it only if
 * the index says that these outputs are shown.
 */
export function isShown(
  folder: string,
  files: FilesByPort,
  layout: Layout,
  store: ObjectStore,
): boolean {
  return shownFiles(folder, files).every((file) =>
    shows(`${layout.latest}/${file.path}`, file, store),
  );
}

export function shownFiles(folder: string, files: FilesByPort): readonly ShownFile[] {
  const ports = Object.keys(files);
  return ports.flatMap((port) => {
    return files[port]!.map(({ path, digest, size }) => {
      return { path: `${folder}/${shownPath(ports, port, path)}`, digest, size };
    });
  });
}

/**
 * The path of a file in the folder of its stage. A file with the name of the note gets an
 * additional "_".
 */
function shownPath(ports: readonly string[], port: string, path: string): string {
  const inside = ports.length > 1 ? `${port}/${path}` : path;
  return inside.replace(/^\.outputs_*(?=\/|$)/, '$&_');
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
): FilesByPort | undefined {
  const files = filesByPort(outputs, store);
  return files && show(folder, outputs, byPath(files), layout, store, before) ? files : undefined;
}

/** False if the bytes are no longer in the store. */
function show(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  files: ReadonlyMap<string, WantedFile>,
  layout: Layout,
  store: ObjectStore,
  before: Readonly<Record<string, Digest>>,
): boolean {
  const root = join(layout.latest, folder);
  const note = readNote(root);
  const isPlaced = ([path, file]: [string, WantedFile]): boolean =>
    place(root, path, file, layout, store);
  if (isNoteOf(note, outputs)) {
    return [...files].every((one) => shows(join(root, one[0]), one[1], store) || isPlaced(one));
  }
  const paths = [...files.keys()];
  if (isNew(root)) {
    // The folder is new. If this run is killed, the next one adds the missing files.
    writeFileSync(notePath(root), noteText({ outputs, files: paths }));
    return [...files].every(isPlaced);
  }
  // A missing or damaged note names no files, so use the previous outputs.
  const known = note?.files ?? [...byPath(filesByPort(before, store) ?? {}).keys()];
  const ours = new Set(known);
  for (const path of paths) if (!ours.has(path)) renameAway(join(root, path));
  writeNote(layout, root, { outputs: null, files: [...new Set([...known, ...paths])] });
  for (const path of known) if (!files.has(path)) removeShown(root, path);
  // Files of other outputs may have the same size and time, so all files are placed.
  if (![...files].every(isPlaced)) return false;
  writeNote(layout, root, { outputs, files: paths });
  return true;
}

/**
 * Whether a file has the size and the modification time of its object. Copies are given that time.
 */
function shows(path: string, { digest, size }: WantedFile, store: ObjectStore): boolean {
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

interface WantedFile {
  readonly digest: Digest;
  readonly size: number;
  readonly executable?: boolean;
}

/** By their path in the folder of the stage. */
function byPath(files: FilesByPort): ReadonlyMap<string, WantedFile> {
  const ports = Object.keys(files);
  return new Map(
    ports.flatMap((port) =>
      files[port]!.map((file) => [shownPath(ports, port, file.path), file] as const),
    ),
  );
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
  path: string,
  wanted: WantedFile,
  layout: Layout,
  store: ObjectStore,
): boolean {
  const { digest, size, executable } = wanted;
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
