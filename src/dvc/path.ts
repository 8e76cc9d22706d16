/** Paths of dvc.yaml, relative to its folder. */
import { posix } from 'node:path';

const REMOTE = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Joins and normalizes, without a `/` at the end. '' is the folder itself. */
export function joinPath(a: string, b: string): string {
  if (REMOTE.test(b)) return b;
  const path = posix.isAbsolute(b) ? posix.normalize(b) : posix.normalize(posix.join(a, b));
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path;
  return bare === '.' ? '' : bare;
}

/** Why a path can't be part of a pipeline; undefined if it can. */
export function outsideReason(path: string): string | undefined {
  if (REMOTE.test(path)) return 'is a remote location';
  if (posix.isAbsolute(path)) return 'is absolute';
  if (path === '..' || path.startsWith('../')) return 'is outside the project';
  if (path === '') return 'is the whole project';
  return undefined;
}

/** Whether `path` is `folder` or inside it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
