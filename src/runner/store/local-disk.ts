/** Which disks only this machine writes to: what it was told of a name there is never out of date. */
import { statfsSync } from 'node:fs';
import { platform } from 'node:os';
import { unlessRefused } from './short-cut.ts';

/** By the numbers that Linux gives file systems. An overlay keeps what was changed on a disk like these. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3 and ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0x794c7630, // overlayfs
]);

/** False where it is not known: other systems number their file systems in ways of their own. */
export function isLocalDisk(folder: string): boolean {
  if (platform() !== 'linux') return false;
  const found = unlessRefused(() => statfsSync(folder));
  return found !== undefined && LOCAL.has(found.type);
}
