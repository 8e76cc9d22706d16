/**
 * The time that the disk takes for the minimum that a stage writes: a folder and three new files (its output, the list
 * of its files, the record), each flushed. The times of the benchmark depend on this: the same code is three times
 * slower on a disk that is busy or full of small files.
 */
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const STAGES = 300;

/** Milliseconds per stage, in `root`. */
export function leastOfDisk(root: string): number {
  const folder = mkdtempSync(join(root, 'bench-disk-'));
  const began = performance.now();
  for (let stage = 0; stage < STAGES; stage++) {
    mkdirSync(join(folder, `${stage}`));
    for (const name of ['output', 'files', 'record']) {
      const file = openSync(join(folder, `${stage}`, name), 'wx');
      writeSync(file, 'some bytes');
      fsyncSync(file);
      closeSync(file);
    }
  }
  const milliseconds = (performance.now() - began) / STAGES;
  rmSync(folder, { recursive: true });
  return milliseconds;
}
