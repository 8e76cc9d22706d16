/**
 * Files that appear whole or not at all, whatever happens to the process or the machine: written
 * beside their place, flushed, then given their name, and the folder flushed too.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ownName } from '../../base/maker.ts';
import { hasCode } from '../../base/system-error.ts';
import { atOnce, type Flushes } from './flushes.ts';

/** A name that no other process uses; `makerOf` reads from it who made it. */
export function temporaryPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, ownName());
}

/** Does it; where a folder is missing, makes it and does it again. Most often it is there. */
export function inFolder<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    if (!hasCode(problem, 'ENOENT')) throw problem;
    mkdirSync(folder, { recursive: true });
    return act();
  }
}

/** Replaces what was there. */
export function writeDurably(
  path: string,
  content: string | Uint8Array,
  temporary: string,
  flushes = atOnce,
): void {
  const from = writeBeside(content, temporary, flushes);
  inFolder(dirname(path), () => renameSync(from, path));
  named(path, flushes);
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

function writeBeside(content: string | Uint8Array, temporary: string, { first }: Flushes): string {
  const path = join(temporary, ownName());
  const file = inFolder(temporary, () => openSync(path, 'wx'));
  try {
    writeFileSync(file, content);
    if (first) fsyncSync(file);
  } catch (problem) {
    rmSync(path, { force: true });
    throw problem;
  } finally {
    closeSync(file);
  }
  return path;
}
