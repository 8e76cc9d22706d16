/** Makes folders accessible that a command closed, so that their files can be moved or deleted. */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function makeAccessible(folder: string): void {
  // An accessible folder may belong to another user, and only its owner can change its mode.
  if ((lstatSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeAccessible(join(folder, entry.name));
  }
}
