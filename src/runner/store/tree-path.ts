/**
 * The path of a file in a tree of files: the same rule where a list of files is written and where it is read.
 *
 * Whatever lies in the store may come from somebody else. A path that leads out of its folder would have
 * this program write, or delete, wherever that path leads.
 */

import { isDigest } from '../key/digest.ts';

/** A step that is empty, "." or "..", and a byte that no file system takes. */
const ASTRAY = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

/** Whether the outputs of a result are named by ports that may be shown in a folder, each with a digest. */
export function areOutputs(outputs: unknown): boolean {
  return (
    typeof outputs === 'object' &&
    outputs !== null &&
    Object.entries(outputs).every(([port, digest]) => isTreePath(port) && isDigest(digest))
  );
}

/** Whether it is relative, with "/" between names, and stays in its folder whatever that folder is. */
export function isTreePath(path: unknown): path is string {
  return typeof path === 'string' && !ASTRAY.test(path);
}
