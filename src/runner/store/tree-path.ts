/**
 * The rule for paths in a tree of files. It is the same where a manifest is written and where it is
 * read.
 *
 * The content of the store may come from other people. A path that leads out of its folder could
 * make this program write or delete files anywhere.
 */

import { isDigest } from '../key/digest.ts';

/** A step that is empty, "." or "..", or a NUL byte, which no file system accepts. */
const UNSAFE = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

/** Whether each output has a digest, and a port that can be a folder name. */
export function areOutputs(outputs: unknown): boolean {
  return (
    typeof outputs === 'object' &&
    outputs !== null &&
    Object.entries(outputs).every(([port, digest]) => isTreePath(port) && isDigest(digest))
  );
}

/** Whether the path is relative, uses "/" and stays inside its folder. */
export function isTreePath(path: unknown): path is string {
  return typeof path === 'string' && !UNSAFE.test(path);
}
