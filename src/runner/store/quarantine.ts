/** Damaged files are moved aside for a look and never deleted at once; a later one takes a name of its own. */
import { existsSync, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from './layout.ts';

/** False where the file was gone, or can't be moved. */
export function moveAside(path: string, name: string, layout: Layout): boolean {
  let aside = join(layout.corrupt, name);
  for (let copy = 2; existsSync(aside); copy++) aside = join(layout.corrupt, `${name}.${copy}`);
  try {
    mkdirSync(layout.corrupt, { recursive: true });
    renameSync(path, aside);
  } catch {
    return false;
  }
  try {
    // How long it lies there counts from now.
    const now = new Date();
    utimesSync(aside, now, now);
  } catch {
    // Then it counts from when it was written.
  }
  return true;
}
