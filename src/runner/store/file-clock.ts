/**
 * The clock that sets the times of files. On a shared disk, it is the clock of the file server. The
 * age of a file must be measured by this clock, because the clocks of the machines may differ.
 */
import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ownName } from '../../base/maker.ts';
import { unlessRefused } from '../../base/system-error.ts';

/** The time in milliseconds, read from a file that is written in this folder. */
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

/** The same, or undefined if no file can be written there. */
export function timeInIfWritable(folder: string): number | undefined {
  return unlessRefused(() => timeIn(folder));
}

/** Whether a file is such a probe. It exists for a moment and can be ignored. */
export function isProbe(name: string): boolean {
  return name.startsWith(PROBE);
}

const PROBE = '.clock-';
