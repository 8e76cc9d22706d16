/** Damaged files are moved aside for a look and never deleted at once; a later one takes a name of its own. */
import { lstatSync, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, unlessAbsent } from '../../base/system-error.ts';
import { timeIn } from './file-clock.ts';
import type { Layout } from './layout.ts';

/** False where the file was gone, or can't be moved. */
export function moveAside(path: string, name: string, layout: Layout): boolean {
  const aside = (copy: number): string => join(layout.corrupt, copy > 1 ? `${name}.${copy}` : name);
  let copy = 1;
  try {
    while (isTaken(aside(copy))) copy++;
    mkdirSync(layout.corrupt, { recursive: true });
    renameSync(path, aside(copy));
  } catch (problem) {
    if (isSystemError(problem)) return false;
    throw problem;
  }
  try {
    // How long it lies there counts from now.
    const now = timeIn(layout.corrupt) / 1000;
    utimesSync(aside(copy), now, now);
  } catch (problem) {
    // Then it counts from when it was written.
    if (!isSystemError(problem)) throw problem;
  }
  return true;
}

function isTaken(path: string): boolean {
  return unlessAbsent(() => lstatSync(path)) !== undefined;
}
