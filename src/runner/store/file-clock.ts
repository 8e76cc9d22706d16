/**
 * The clock that gives files their times: on a shared disk it belongs to the file server. How old a file
 * is can only be told by that clock, since the clocks of the machines may differ by any amount.
 */
import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ownName } from '../../base/maker.ts';
import { isSystemError } from '../../base/system-error.ts';

/** Milliseconds, by a file that is written in this folder. */
export function timeIn(folder: string): number {
  const probe = join(folder, `${PROBE}${ownName()}`);
  const file = openSync(probe, 'wx');
  try {
    writeSync(file, '.');
    return fstatSync(file).mtimeMs;
  } finally {
    closeSync(file);
    rmSync(probe, { force: true });
  }
}

/** The same, or undefined where no file can be written there. */
export function timeInIfWritable(folder: string): number | undefined {
  try {
    return timeIn(folder);
  } catch (problem) {
    if (isSystemError(problem)) return undefined;
    throw problem;
  }
}

/** Whether a name in a folder is that of such a file. It lives for a moment and means nothing. */
export function isProbe(name: string): boolean {
  return name.startsWith(PROBE);
}

const PROBE = '.clock-';
