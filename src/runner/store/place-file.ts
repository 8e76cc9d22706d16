/**
 * Gives bytes of the store or the project another name. They are shared if that is safe, otherwise
 * copied.
 */
import { chmodSync, constants, copyFileSync, linkSync, statSync, writeFileSync } from 'node:fs';
import { readBytes } from '../../base/read-file.ts';
import { hasCode } from '../../base/system-error.ts';
import { hasNoLinks } from './durable.ts';

/**
 * Larger files share their bytes with the store, where they are read-only. Smaller files are
 * copied.
 */
const LINK_FROM_BYTES = 4 << 20;

/** For smaller files, a plain copy is faster than asking the file system for a reflink. */
const REFLINK_FROM_BYTES = 64 << 10;

export interface Placed {
  readonly size: number;
  readonly executable?: boolean | undefined;
}

/** `target` must not exist. Returns whether it shares its bytes with the object. */
export function placeObject(object: string, target: string, placed: Placed): boolean {
  // A link has the mode of the object, which is not executable.
  if (placed.size >= LINK_FROM_BYTES && !placed.executable && linked(object, target)) return true;
  placeCopy(object, target, placed);
  return false;
}

/**
 * Makes a read-only copy for those who may read `from`. `target` must not exist. The copy shares
 * blocks if the file system supports it.
 */
export function placeCopy(from: string, target: string, { size, executable }: Placed): void {
  const readable = 0o400 | (statSync(from).mode & 0o444);
  const mode = executable ? readable | (readable >> 2) : readable;
  if (size < REFLINK_FROM_BYTES) writeFileSync(target, readBytes(from), { flag: 'wx', mode });
  else copyFileSync(from, target, constants.COPYFILE_FICLONE);
  chmodSync(target, mode);
}

/**
 * False on another disk, without hard links, or if the file has too many names. Then a copy is
 * made.
 */
function linked(object: string, path: string): boolean {
  try {
    linkSync(object, path);
    return true;
  } catch (problem) {
    if (hasNoLinks(problem) || hasCode(problem, 'EXDEV', 'EMLINK')) return false;
    throw problem;
  }
}
