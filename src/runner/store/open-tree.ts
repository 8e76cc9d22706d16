/** Opens folders that a command closed: their files are to be moved or deleted, whatever mode they have. */
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function openTree(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openTree(join(folder, entry.name));
  }
}
