/** Bytes of the store, or of the project, under another name: shared where that is safe, else copied. */
import { chmodSync, constants, copyFileSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { isSystemError } from '../../base/system-error.ts';

/** Larger files share their bytes with the store, where they are read-only; smaller are copied. */
const LINK_FROM_BYTES = 4 << 20;

/** To ask a file system for a reflink takes longer than to copy what is smaller. */
const REFLINK_FROM_BYTES = 64 << 10;

export interface Placed {
  readonly size: number;
  readonly executable?: boolean | undefined;
}

/** `target` must not exist. Whether it shares its bytes with the object. */
export function placeObject(object: string, target: string, placed: Placed): boolean {
  // A link has the mode of the object, and nobody could execute that.
  if (placed.size >= LINK_FROM_BYTES && !placed.executable && linked(object, target)) return true;
  placeCopy(object, target, placed);
  return false;
}

/** Bytes of its own, read-only; `target` must not exist. It shares blocks where the file system can. */
export function placeCopy(from: string, target: string, { size, executable }: Placed): void {
  if (size < REFLINK_FROM_BYTES) writeFileSync(target, readFileSync(from), { flag: 'wx' });
  else copyFileSync(from, target, constants.COPYFILE_FICLONE);
  chmodSync(target, executable ? 0o555 : 0o444);
}

/** False on another file system, or where a file has too many names: a copy does as well. */
function linked(object: string, path: string): boolean {
  try {
    linkSync(object, path);
    return true;
  } catch (problem) {
    if (isSystemError(problem)) return false;
    throw problem;
  }
}
