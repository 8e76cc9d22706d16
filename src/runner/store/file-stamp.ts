/**
 * What a stat says of a file in the store: its size, the time of its last write and its inode. While
 * these are as they were when the file was read, its bytes are the same.
 *
 * The time of its inode is not part of it: each further name of the same bytes changes that one.
 */
import { type BigIntStats, lstatSync, type Stats } from 'node:fs';
import { unlessAbsent } from '../../base/system-error.ts';

export type FileStamp = string & { readonly __brand: 'FileStamp' };

/** Of anything that has this name; undefined where nothing has it. Of a link, its own. */
export function statusAt(path: string): Stats | undefined {
  return unlessAbsent(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** Undefined where no plain file has this name. A link is none. */
export function fileAt(path: string): Stats | undefined {
  const status = statusAt(path);
  return status?.isFile() ? status : undefined;
}

/** Whether anything at all has this name. */
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

/** Size, time of the last write in milliseconds since the epoch, and inode. */
export function partsOf(stamp: FileStamp): readonly [size: number, time: number, inode: number] {
  const [size, time, inode] = stamp.split(':').map(Number);
  return [size!, time!, inode!];
}

/** Of a file that others may write to. It is compared as a whole: any difference means other bytes. */
export function stampOf({ size, mtimeNs, ctimeNs, ino, mode }: BigIntStats): string {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}:${mode & 0o100n}`;
}
