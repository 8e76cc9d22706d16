/**
 * `latest/<stage>/`: the newest outputs of each stage where people look for them.
 *
 * A stage's one output lies right in its folder, several lie in a folder each. A note says what was put
 * there, so that only our own files are ever taken away; while files change the note says so, and a
 * killed run is made good by the next. A no-op costs a stat a file.
 */
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Digest } from '../key/digest.ts';
import { type ArtifactFile, readArtifact } from './artifact.ts';
import { inFolder, moveFile, temporaryPath } from './durable.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { placeObject } from './place-file.ts';
import { isTreePath } from './tree-path.ts';

interface Note {
  /** Null while files are changing. */
  readonly outputs: Readonly<Record<string, Digest>> | null;
  /** All files that are ours, relative to the folder. */
  readonly files: readonly string[];
}

/** Whether all of these files are there, by a stat each: enough where the index says that they were shown. */
export function isShown(
  folder: string,
  files: Readonly<Record<string, readonly ArtifactFile[]>>,
  layout: Layout,
): boolean {
  return shownFiles(folder, files).every(({ path, size }) =>
    isThere(`${layout.latest}/${path}`, size),
  );
}

/** Where files of a stage are shown, relative to `latest/`. */
export function shownFiles(
  folder: string,
  files: Readonly<Record<string, readonly ArtifactFile[]>>,
): readonly { readonly path: string; readonly size: number }[] {
  const ports = Object.keys(files);
  return ports.flatMap((port) => {
    return files[port]!.map(({ path, size }) => {
      return { path: `${folder}/${shownPath(ports, port, path)}`, size };
    });
  });
}

/** Where a file is shown in the folder of its stage. The name of the note gets a "_" more. */
function shownPath(ports: readonly string[], port: string, path: string): string {
  const inside = ports.length > 1 ? `${port}/${path}` : path;
  return inside.replace(/^\.outputs_*(?=\/|$)/, '$&_');
}

/** The same where the files are not listed: by the note of what was put there, and a stat a file. */
export function isShownWhole(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  layout: Layout,
  store: ObjectStore,
): boolean {
  const root = join(layout.latest, folder);
  if (!saysOf(readNote(root), outputs)) return false;
  return [...filesOf(outputs, store)].every(([path, { size }]) => isThere(join(root, path), size));
}

/** `folder` is relative to `latest/`. Throws where the file system refuses. */
export function showLatest(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  layout: Layout,
  store: ObjectStore,
): void {
  const root = join(layout.latest, folder);
  const note = readNote(root);
  const files = filesOf(outputs, store);
  if (saysOf(note, outputs)) {
    for (const [path, file] of files)
      if (!isThere(join(root, path), file.size)) place(join(root, path), file, layout, store);
    return;
  }
  const paths = [...files.keys()];
  if (isNew(root)) {
    // Nothing else is there: what a killed run did not come to is missing, and will be put.
    writeFileSync(notePath(root), JSON.stringify({ outputs, files: paths }));
    for (const [path, file] of files) place(join(root, path), file, layout, store);
    return;
  }
  const ours = new Set(note?.files);
  for (const path of paths) if (!ours.has(path)) makeWay(join(root, path));
  writeNote(layout, root, {
    outputs: null,
    files: [...new Set([...(note?.files ?? []), ...paths])],
  });
  for (const path of note?.files ?? []) if (!files.has(path)) takeAway(root, path);
  for (const [path, file] of files) place(join(root, path), file, layout, store);
  writeNote(layout, root, { outputs, files: paths });
}

function saysOf(note: Note | undefined, outputs: Readonly<Record<string, Digest>>): boolean {
  return note !== undefined && JSON.stringify(note.outputs) === JSON.stringify(outputs);
}

/** A person's file of that name is theirs: it gets another. */
function makeWay(target: string): void {
  if (!lstatSync(target, { throwIfNoEntry: false })) return;
  for (let number = 1; ; number++) {
    const aside = `${target}.${number}`;
    if (lstatSync(aside, { throwIfNoEntry: false })) continue;
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
    if ((problem as NodeJS.ErrnoException).code !== 'EEXIST') throw problem;
    return false;
  }
}

interface WantedFile {
  readonly digest: Digest;
  readonly size: number;
  readonly executable?: boolean;
}

function filesOf(
  outputs: Readonly<Record<string, Digest>>,
  store: ObjectStore,
): ReadonlyMap<string, WantedFile> {
  const files = new Map<string, WantedFile>();
  const ports = Object.keys(outputs);
  for (const port of ports) {
    for (const file of readArtifact(outputs[port]!, store)?.files ?? []) {
      files.set(shownPath(ports, port, file.path), file);
    }
  }
  return files;
}

function notePath(root: string): string {
  return join(root, '.outputs');
}

function readNote(root: string): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(notePath(root), 'utf8')) as Note;
    // What a note names is taken away some day: a path that leads elsewhere is not ours.
    return Array.isArray(note.files) && note.files.every(isTreePath) ? note : undefined;
  } catch {
    return undefined;
  }
}

// Files get their names here from a folder that is swept: what a killed run leaves must not be shown.

function writeNote(layout: Layout, root: string, note: Note): void {
  const from = temporaryPath(layout.temporary);
  writeFileSync(from, JSON.stringify(note));
  moveFile(from, notePath(root));
}

/** A stat. */
export function isThere(path: string, size: number): boolean {
  try {
    const status = lstatSync(path, { throwIfNoEntry: false });
    return status?.isFile() === true && status.size === size;
  } catch {
    // Something else stands where its folder should.
    return false;
  }
}

/** One of our files, and the folders that it leaves empty: what is not ours keeps a folder. */
function takeAway(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      rmdirSync(join(root, folder));
    } catch {
      return;
    }
  }
}

function place(target: string, wanted: WantedFile, layout: Layout, store: ObjectStore): void {
  const { digest, size, executable } = wanted;
  if (!store.has(digest, size)) {
    // Shown, it would pass for whole; moved aside, it is missing, and whoever looks next makes it again.
    store.distrust(digest);
    store.verify(digest);
    throw new Error(
      `the bytes of "${basename(target)}" are damaged; this or the next run makes them again`,
    );
  }
  const from = temporaryPath(layout.temporary);
  placeObject(store.path(digest), from, { size, executable });
  inFolder(dirname(target), () => moveFile(from, target));
  // Where both are already names of the same bytes, a rename does nothing and leaves both.
  rmSync(from, { force: true });
}
