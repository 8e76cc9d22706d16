/**
 * Class indices on disk: one unsigned little-endian integer for each sample, of 1, 2 or 4 bytes. The size of the file,
 * divided by the number of samples, is the size of an integer.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ExpectedError } from '../../../base/expected-error.ts';
import type { ClassIndices } from '../../../datasets/model-samples.ts';

const ARRAYS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

export function writeClasses(path: string, classes: ClassIndices): void {
  writeFileSync(path, classes);
}

/** @param name the name of the file in errors */
export function readClasses(path: string, name: string, count: number): ClassIndices {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  const width = byteLength / count;
  if (width !== 1 && width !== 2 && width !== 4) {
    throw new ExpectedError(
      `${name} has ${byteLength} bytes, but rows.json has a count of ${count} samples`,
      'write one unsigned integer of 1, 2 or 4 bytes for each sample',
    );
  }
  // A copy begins at an address that fits the elements.
  return new ARRAYS[width](buffer.slice(byteOffset, byteOffset + byteLength));
}
