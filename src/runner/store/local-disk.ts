/**
 * Which disks only this machine writes to. On such a disk, a lookup by name is never out of date.
 */

import { statfsSync } from 'node:fs';
import { platform } from 'node:os';
import { unlessRefused } from '../../base/system-error.ts';

/** File system numbers of Linux. An overlay stores its changes on a disk like these. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3 and ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0x794c7630, // overlayfs
]);

/** False if it is not known. Other systems use other numbers for file systems. */
export function isLocalDisk(folder: string): boolean {
  if (platform() !== 'linux') return false;
  const found = unlessRefused(() => statfsSync(folder));
  return found !== undefined && LOCAL.has(found.type);
}
