/**
 * Moves damaged files aside for inspection instead of deleting them. Several with the same name get
 * numbers.
 */

import { lutimesSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { unlessRefused } from '../../base/system-error.ts';
import { timeIn } from './file-clock.ts';
import { isTaken } from './file-stamp.ts';
import type { Layout } from './layout.ts';

/**
 * Also moves a folder or a link in the place of a file. False if nothing was there or it can't be
 * moved.
 */
export function quarantine(path: string, name: string, layout: Layout): boolean {
  const aside = unlessRefused(() => {
    mkdirSync(layout.corrupt, { recursive: true });
    const free = freeName(join(layout.corrupt, name));
    renameSync(path, free);
    return free;
  });
  if (aside === undefined) return false;
  // Its age counts from now, not from when it was written.
  unlessRefused(() => {
    const now = timeIn(layout.corrupt) / 1000;
    lutimesSync(aside, now, now);
  });
  return true;
}

function freeName(path: string): string {
  let free = path;
  for (let copy = 2; isTaken(free); copy++) free = `${path}.${copy}`;
  return free;
}
