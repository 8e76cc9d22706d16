/** Damaged files are moved aside for a look and never deleted at once; a later one takes a name of its own. */
import { lutimesSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { timeIn } from './file-clock.ts';
import { isTaken } from './file-stamp.ts';
import type { Layout } from './layout.ts';
import { unlessRefused } from './short-cut.ts';

/** A folder or a link in the place of a file too. False where nothing was there, or it can't be moved. */
export function moveAside(path: string, name: string, layout: Layout): boolean {
  const aside = unlessRefused(() => {
    mkdirSync(layout.corrupt, { recursive: true });
    const free = freeName(join(layout.corrupt, name));
    renameSync(path, free);
    return free;
  });
  if (aside === undefined) return false;
  // How long it lies there counts from now; else from when it was written.
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
