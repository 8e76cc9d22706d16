/**
 * Files that appear whole or not at all, whatever happens to the process or the machine: written
 * beside their place, flushed, then given their name, and the folder flushed too.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

let counter = 0;

/** A name that no other writer uses. */
export function temporaryPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${process.pid}-${Date.now().toString(36)}-${counter++}`);
}

/** Replaces what was there. */
export function writeDurably(path: string, content: string | Uint8Array, temporary: string): void {
  const from = writeFlushed(content, temporary);
  mkdirSync(dirname(path), { recursive: true });
  renameSync(from, path);
  flush(dirname(path));
}

/** Leaves what was there; true if this call was the one that put it. */
export function writeOnce(path: string, content: string | Uint8Array, temporary: string): boolean {
  const from = writeFlushed(content, temporary);
  mkdirSync(dirname(path), { recursive: true });
  try {
    linkSync(from, path);
    flush(dirname(path));
    return true;
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw problem;
  } finally {
    rmSync(from, { force: true });
  }
}

export function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeFlushed(content: string | Uint8Array, temporary: string): string {
  const path = temporaryPath(temporary);
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } catch (problem) {
    rmSync(path, { force: true });
    throw problem;
  } finally {
    closeSync(file);
  }
  return path;
}
