/**
 * The stamp of a file in the store: its size, modification time and inode. While the stamp is the
 * same as when the file was read, its bytes are the same.
 *
 * The change time of the inode is not part of the stamp, because each further hard link changes it.
 */
import { type BigIntStats, lstatSync, type Stats } from 'node:fs';
import { unlessAbsent } from '../../base/system-error.ts';

export type FileStamp = string & { readonly __brand: 'FileStamp' };

/** The status of a name; undefined if nothing has it. Links are not followed. */
export function statusAt(path: string): Stats | undefined {
  return unlessAbsent(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** Undefined if the name is not a regular file. A link is not one. */
export function fileAt(path: string): Stats | undefined {
  const status = statusAt(path);
  return status?.isFile() ? status : undefined;
}

/** Whether anything has this name. */
export function isTaken(path: string): boolean {
  return statusAt(path) !== undefined;
}

export function fileStampOf({ size, mtimeMs, ino }: Stats): FileStamp {
  return `${size}:${mtimeMs}:${ino}` as FileStamp;
}

export function fileStampAt(path: string): FileStamp | undefined {
  const file = fileAt(path);
  return file && fileStampOf(file);
}

/** Size, modification time in milliseconds since the epoch, and inode. */
export function partsOf(stamp: FileStamp): readonly [size: number, time: number, inode: number] {
  const [size, time, inode] = stamp.split(':').map(Number);
  return [size!, time!, inode!];
}

/**
 * The stamp of a file that others may write to. It is compared as a whole: any difference means
 * other bytes.
 */
export function stampOf({ size, mtimeNs, ctimeNs, ino, mode }: BigIntStats): string {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}:${mode & 0o100n}`;
}
