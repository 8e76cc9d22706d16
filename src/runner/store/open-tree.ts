/** Opens folders that a command closed: their files are to be moved or deleted, whatever mode they have. */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function openTree(folder: string): void {
  // One that is open may belong to somebody else, who alone could change its mode.
  if ((lstatSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openTree(join(folder, entry.name));
  }
}
