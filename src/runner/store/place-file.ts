/** Bytes of the store, or of the project, under another name: shared where that is safe, else copied. */
import { chmodSync, constants, copyFileSync, linkSync, statSync, writeFileSync } from 'node:fs';
import { readBytes } from '../../base/read-file.ts';
import { hasCode } from '../../base/system-error.ts';
import { withoutLinks } from './durable.ts';

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

/**
 * Bytes of its own, read-only, for those who may read `from`; `target` must not exist. It shares blocks
 * where the file system can.
 */
export function placeCopy(from: string, target: string, { size, executable }: Placed): void {
  const readable = 0o400 | (statSync(from).mode & 0o444);
  const mode = executable ? readable | (readable >> 2) : readable;
  if (size < REFLINK_FROM_BYTES) writeFileSync(target, readBytes(from), { flag: 'wx', mode });
  else copyFileSync(from, target, constants.COPYFILE_FICLONE);
  chmodSync(target, mode);
}

/** False on another disk, on one without links, and where a file has too many names: a copy does as well. */
function linked(object: string, path: string): boolean {
  try {
    linkSync(object, path);
    return true;
  } catch (problem) {
    if (withoutLinks(problem) || hasCode(problem, 'EXDEV', 'EMLINK')) return false;
    throw problem;
  }
}
