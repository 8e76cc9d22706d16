/**
 * Files that appear whole or not at all, whatever happens to the process or the machine: written
 * beside their place, flushed, then given their name, and the folder flushed too.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ownName } from '../../base/maker.ts';
import { hasCode } from '../../base/system-error.ts';
import { fileAt, isTaken } from './file-stamp.ts';
import { atOnce, type Flushes } from './flushes.ts';

/** A name that no other process uses; `makerOf` reads from it who made it. */
export function temporaryPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, ownName());
}

/**
 * Does it; where a folder is missing, makes it and does it again. Most often it is there. A file in its
 * place is given another name.
 */
export function inFolder<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    if (!hasCode(problem, 'ENOENT', 'ENOTDIR')) throw problem;
    if (problem.code === 'ENOTDIR') moveFileAside(folder);
    mkdirSync(folder, { recursive: true });
    return act();
  }
}

/** The file that stands where `folder`, or a folder around it, should be. */
function moveFileAside(folder: string): void {
  if (!isTaken(folder)) {
    if (dirname(folder) !== folder) moveFileAside(dirname(folder));
    return;
  }
  // A link may lead to a disk that is not mounted.
  if (!fileAt(folder)) return;
  let number = 1;
  while (isTaken(`${folder}.${number}`)) number++;
  renameSync(folder, `${folder}.${number}`);
}

/** As a whole, or as texts one after the other. */
type Content = string | Uint8Array | Iterable<string>;

/** Replaces what was there. */
export function writeDurably(
  path: string,
  content: Content,
  temporary: string,
  flushes = atOnce,
  mode?: number,
): void {
  const from = writeBeside(content, temporary, flushes, mode);
  inFolder(dirname(path), () => moveOver(from, path, temporary, flushes));
  named(path, flushes);
}

/** No folder belongs there: one that does stand there is swept with the temporary files. */
function moveOver(from: string, path: string, temporary: string, flushes: Flushes): void {
  try {
    moveFile(from, path, flushes);
  } catch (problem) {
    if (!hasCode(problem, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw problem;
    renameSync(path, join(temporary, ownName()));
    moveFile(from, path, flushes);
  }
}

/**
 * Gives a file another name, in the place of what has that name. Between two disks its bytes are copied to
 * the other one first, so that the name never stands for a part of them.
 */
export function moveFile(from: string, to: string, flushes?: Flushes): void {
  try {
    renameSync(from, to);
  } catch (problem) {
    if (!hasCode(problem, 'EXDEV')) throw problem;
    const beside = join(dirname(to), ownName());
    copyWhole(from, beside);
    if (flushes?.first) flushes.flush(beside);
    renameSync(beside, to);
    rmSync(from);
  }
}

/** The same bytes in a new file under the same name: whoever has the old one open can't reach the new one. */
export function copyOver(path: string): void {
  const beside = join(dirname(path), ownName());
  copyWhole(path, beside);
  renameSync(beside, path);
}

/** With its times, as a rename would leave them. What a full disk left of a copy is removed. */
function copyWhole(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    const { atimeMs, mtimeMs } = statSync(from);
    utimesSync(to, atimeMs / 1000, mtimeMs / 1000);
  } catch (problem) {
    rmSync(to, { force: true });
    throw problem;
  }
}

/** A new name is in its folder, and that on the disk when the file is. */
function named(path: string, flushes: Flushes): void {
  if (!flushes.first) flushes.flush(path);
  flushes.flush(dirname(path));
}

/** Whether an error says that there is no room left. */
export function isFull(problem: unknown): boolean {
  return hasCode(problem, 'ENOSPC', 'EDQUOT');
}

/** Whether an error of `link` says that the disk knows none. */
export function withoutLinks(problem: unknown): boolean {
  return hasCode(problem, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
}

function writeBeside(
  content: Content,
  temporary: string,
  { first }: Flushes,
  mode: number | undefined,
): string {
  const path = join(temporary, ownName());
  const file = inFolder(temporary, () => openSync(path, 'wx', mode));
  try {
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(file, content);
    else for (const piece of content) writeFileSync(file, piece);
    // The one that it was opened with is less what the process holds back.
    if (mode !== undefined) fchmodSync(file, mode);
    if (first) fsyncSync(file);
  } catch (problem) {
    rmSync(path, { force: true });
    throw problem;
  } finally {
    closeSync(file);
  }
  return path;
}
