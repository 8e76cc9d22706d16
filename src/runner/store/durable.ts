/**
 * Writes files that appear completely or not at all, whatever happens to the process or the
 * machine. A file is written next to its place, flushed and renamed, then its folder is flushed.
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
import { withPath } from '../../base/read-file.ts';
import { hasCode } from '../../base/system-error.ts';
import { fileAt, isTaken } from './file-stamp.ts';
import { atOnce, type Flushes } from './flushes.ts';

/** A name that no other process uses. `makerOf` reads from it who made it. */
export function temporaryPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, ownName());
}

/**
 * Runs `act`. If the folder is missing, creates it and runs `act` again, because usually the folder
 * exists. A file in its place is renamed.
 */
export function inFolder<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    if (!hasCode(problem, 'ENOENT', 'ENOTDIR')) throw problem;
    if (problem.code === 'ENOTDIR') renameFileInTheWay(folder);
    mkdirSync(folder, { recursive: true });
    return act();
  }
}

/** Renames the file that is in the place of `folder` or of a parent folder. */
function renameFileInTheWay(folder: string): void {
  if (!isTaken(folder)) {
    if (dirname(folder) !== folder) renameFileInTheWay(dirname(folder));
    return;
  }
  // A link may point to a disk that is not mounted.
  if (!fileAt(folder)) return;
  let number = 1;
  while (isTaken(`${folder}.${number}`)) number++;
  renameSync(folder, `${folder}.${number}`);
}

/** The whole content, or texts one after the other. */
type Content = string | Uint8Array | Iterable<string>;

/** Replaces an existing file. */
export function writeDurably(
  path: string,
  content: Content,
  temporary: string,
  flushes = atOnce,
  mode?: number,
): void {
  const from = writeTemporary(content, temporary, flushes, mode);
  inFolder(dirname(path), () => moveInPlace(from, path, temporary, flushes));
  makeNameDurable(path, flushes);
}

/** A folder in the place of the file is moved to the temporary files, which are swept. */
function moveInPlace(from: string, path: string, temporary: string, flushes: Flushes): void {
  try {
    moveFile(from, path, flushes);
  } catch (problem) {
    if (!hasCode(problem, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw problem;
    renameSync(path, join(temporary, ownName()));
    moveFile(from, path, flushes);
  }
}

/**
 * Renames a file and replaces an existing file. Between two disks, the bytes are copied to the
 * target disk first, so the name never refers to incomplete bytes.
 */
export function moveFile(from: string, to: string, flushes?: Flushes): void {
  try {
    renameSync(from, to);
  } catch (problem) {
    if (!hasCode(problem, 'EXDEV')) throw problem;
    const beside = join(dirname(to), ownName());
    copyWithTimes(from, beside);
    if (flushes?.first) flushes.flush(beside);
    renameSync(beside, to);
    rmSync(from);
  }
}

/**
 * Replaces a file by a copy with the same name. Processes that have the old file open can't write
 * to the copy.
 */
export function replaceByCopy(path: string): void {
  const beside = join(dirname(path), ownName());
  copyWithTimes(path, beside);
  renameSync(beside, path);
}

/** Keeps the times, as a rename would. An incomplete copy on a full disk is removed. */
function copyWithTimes(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    const { atimeMs, mtimeMs } = statSync(from);
    utimesSync(to, atimeMs / 1000, mtimeMs / 1000);
  } catch (problem) {
    rmSync(to, { force: true });
    throw problem;
  }
}

/** Makes a new name durable: flushes the folder, and the file if it was not flushed before. */
function makeNameDurable(path: string, flushes: Flushes): void {
  if (!flushes.first) flushes.flush(path);
  flushes.flush(dirname(path));
}

/** Whether an error says that the disk is full. */
export function isFull(problem: unknown): boolean {
  return hasCode(problem, 'ENOSPC', 'EDQUOT');
}

/** Whether an error of `link` says that the disk does not support hard links. */
export function hasNoLinks(problem: unknown): boolean {
  return hasCode(problem, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
}

function writeTemporary(
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
    // The mode given to open is reduced by the umask of the process.
    if (mode !== undefined) fchmodSync(file, mode);
    if (first) fsyncSync(file);
  } catch (problem) {
    rmSync(path, { force: true });
    throw withPath(problem, path);
  } finally {
    closeSync(file);
  }
  return path;
}
