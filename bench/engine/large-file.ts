/**
 * Stores and restores a large file, in comparison with `sha256sum` of the same file.
 *
 *   FOLDER MEBIBYTES     prints one line of JSON: the seconds of each step
 *
 * The file is first flushed and read once, so that it is in memory for every step.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Layout } from '../../src/runner/store/layout.ts';
import { ObjectStore } from '../../src/runner/store/object-store.ts';
import { placeObject } from '../../src/runner/store/place-file.ts';

export interface LargeFile {
  readonly mebibytes: number;
  readonly sha256sumSeconds: number;
  readonly storeSeconds: number;
  readonly restoreSeconds: number;
}

function measureLargeFile(folder: string, mebibytes: number): LargeFile {
  const path = join(folder, 'large');
  writeLarge(path, mebibytes);
  const sums: number[] = [];
  const stores: number[] = [];
  const restores: number[] = [];
  for (let i = 0; i < 3; i++) {
    sums.push(seconds(() => execFileSync('sha256sum', [path])));
    // A new store each time, because a store that already has the bytes compares and does not move.
    const own = new ObjectStore(new Layout(join(folder, `artifacts-${i}`)));
    let digest: ReturnType<ObjectStore['moveIn']>['digest'] | undefined;
    stores.push(seconds(() => (digest = own.moveIn(path).digest)));
    const restored = join(folder, `restored-${i}`, 'large');
    mkdirSync(dirname(restored));
    const { size } = statSync(own.path(digest!));
    restores.push(seconds(() => placeObject(own.path(digest!), restored, { size })));
    renameSync(own.path(digest!), path);
  }
  return {
    mebibytes,
    sha256sumSeconds: median(sums),
    storeSeconds: median(stores),
    restoreSeconds: median(restores),
  };
}

/** Bytes that a compressing disk can't make smaller: a counter through a multiplicative hash. */
function writeLarge(path: string, mebibytes: number): void {
  const piece = new Uint32Array((1 << 20) / 4);
  const file = openSync(path, 'w+');
  for (let i = 0, n = 1; i < mebibytes; i++) {
    for (let k = 0; k < piece.length; k++) piece[k] = Math.imul(n++, 0x9e3779b1);
    writeSync(file, new Uint8Array(piece.buffer));
  }
  fsyncSync(file);
  const bytes = new Uint8Array(piece.buffer);
  for (let at = 0, read = 1; read > 0; at += read)
    read = readSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function seconds(work: () => unknown): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const [folder, mebibytes] = process.argv.slice(2);
console.log(JSON.stringify(measureLargeFile(folder!, Number(mebibytes))));
