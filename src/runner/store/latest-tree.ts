/**
 * `latest/<stage>/`: the newest outputs of each stage where people look for them.
 *
 * A stage's one output lies right in its folder, several lie in a folder each. A note says what was put
 * there, so that only our own files are ever taken away; while files change the note says so, and a
 * killed run is made good by the next. A file is known to be the one of the store by its size and by the
 * time of its last write, which is that of the object: a no-op costs a stat a file.
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
import { NOTE, type Note, notePath, noteText, readNote, saysOf } from './latest-note.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { placeObject } from './place-file.ts';

/** A file of a result, and where it is shown, relative to `latest/`. */
export interface ShownFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Whether all of these files are shown as they are stored, by two stats each: enough where the index says so. */
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

/** Where a file is shown in the folder of its stage. The name of the note gets a "_" more. */
function shownPath(ports: readonly string[], port: string, path: string): string {
  const inside = ports.length > 1 ? `${port}/${path}` : path;
  return inside.replace(/^\.outputs_*(?=\/|$)/, '$&_');
}

/** Whether the file has this size, and was written when its object was: a stat. */
export function isShownSince(path: string, size: number, time: number): boolean {
  const shown = fileAt(path);
  // A time that is set is cut to what the file system keeps of it.
  return shown?.size === size && Math.abs(shown.mtimeMs - time) < 1;
}

/**
 * `folder` is relative to `latest/`; `before` are the outputs that were shown last, as far as the index
 * knows them. Returns the files that are shown now, or undefined where the store no longer has the bytes:
 * the stage has to be made again. Throws where the file system refuses.
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

/** False where the store no longer has the bytes. */
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
  if (saysOf(note, outputs)) {
    return [...files].every((one) => shows(join(root, one[0]), one[1], store) || isPlaced(one));
  }
  const paths = [...files.keys()];
  if (isNew(root)) {
    // Nothing else is there: what a killed run did not come to is missing, and will be put.
    writeFileSync(notePath(root), noteText({ outputs, files: paths }));
    return [...files].every(isPlaced);
  }
  // A note that is damaged or gone names no file: the outputs of before do.
  const known = note?.files ?? [...byPath(filesByPort(before, store) ?? {}).keys()];
  const ours = new Set(known);
  for (const path of paths) if (!ours.has(path)) makeWay(join(root, path));
  writeNote(layout, root, { outputs: null, files: [...new Set([...known, ...paths])] });
  for (const path of known) if (!files.has(path)) takeAway(root, path);
  // Of other outputs a file may have the same size and time.
  if (![...files].every(isPlaced)) return false;
  writeNote(layout, root, { outputs, files: paths });
  return true;
}

/** Whether a file has the size of an object and the time of its last write, which a copy is given. */
function shows(path: string, { digest, size }: WantedFile, store: ObjectStore): boolean {
  const object = fileAt(store.path(digest));
  return object !== undefined && isShownSince(path, size, object.mtimeMs);
}

/** A person's file of that name is theirs: it gets another. */
function makeWay(target: string): void {
  if (!isTaken(target) || isEmptyFolderTakenAway(target)) return;
  for (let number = 1; ; number++) {
    const aside = `${target}.${number}`;
    if (isTaken(aside)) continue;
    renameSync(target, aside);
    return;
  }
}

/** Makes the folder; false where it was there. */
function isNew(root: string): boolean {
  try {
    inFolder(dirname(root), () => mkdirSync(root));
    return true;
  } catch (problem) {
    if (!hasCode(problem, 'EEXIST')) throw problem;
    return false;
  }
}

/** False where it is no folder, or holds anything. */
function isEmptyFolderTakenAway(path: string): boolean {
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

// Files get their names here from a folder that is swept: what a killed run leaves must not be shown.

function writeNote(layout: Layout, root: string, note: Note): void {
  const from = temporaryPath(layout.temporary);
  writeFileSync(from, noteText(note));
  putInPlace(from, root, NOTE);
}

/** One of our files, and the folders that it leaves empty: what is not ours keeps a folder. */
function takeAway(root: string, path: string): void {
  const target = join(root, path);
  if (fileAt(target)) rmSync(target, { force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    if (!isEmptyFolderTakenAway(join(root, folder))) return;
  }
}

/** False where the store no longer has the bytes. */
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
  // By its time a copy is known to be one.
  if (!shares) utimesSync(from, atimeMs / 1000, mtimeMs / 1000);
  putInPlace(from, root, path);
  // If both are already names of the same bytes, a rename does nothing and leaves both.
  if (shares) rmSync(from, { force: true });
  return true;
}

/** Gives it its name. What has that name and is no file, or is a file where a folder should be, makes way. */
function putInPlace(from: string, root: string, path: string): void {
  const target = join(root, path);
  try {
    inFolder(dirname(target), () => moveFile(from, target));
  } catch (problem) {
    if (!hasCode(problem, 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY')) throw problem;
    for (const folder of foldersAbove(path))
      if (fileAt(join(root, folder))) makeWay(join(root, folder));
    if (!fileAt(target)) makeWay(target);
    inFolder(dirname(target), () => moveFile(from, target));
  }
}

/** `a` and `a/b` of `a/b/c`, and the root itself. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}
