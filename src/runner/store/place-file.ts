/** Bytes of the store, or of the project, under another name: shared where that is safe, else copied. */
import { chmodSync, constants, copyFileSync, linkSync } from 'node:fs';

/** Larger files share their bytes with the store, where they are read-only; smaller are copied. */
const LINK_FROM_BYTES = 4 << 20;

export interface Placed {
  readonly size: number;
  readonly executable?: boolean | undefined;
}

/** `target` must not exist. A copy shares blocks where the file system can (reflink). */
export function placeObject(object: string, target: string, { size, executable }: Placed): void {
  // A link has the mode of the object, and nobody could execute that.
  if (size >= LINK_FROM_BYTES && !executable && linked(object, target)) return;
  copyFileSync(object, target, constants.COPYFILE_FICLONE);
  chmodSync(target, executable ? 0o555 : 0o444);
}

/** False on another file system, or where a file has too many names: a copy does as well. */
function linked(object: string, path: string): boolean {
  try {
    linkSync(object, path);
    return true;
  } catch {
    return false;
  }
}
