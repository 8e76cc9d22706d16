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
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { digestOf } from '../key/digest.ts';

let counter = 0;

/** A name that no other writer uses; who it is can be told from it. */
export function temporaryPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${process.pid}@${host}-${Date.now().toString(36)}-${counter++}`);
}

/** The process of this machine that made a temporary name; undefined for one of another machine. */
export function ownerOf(name: string): number | undefined {
  const [pid, machine] = name.split('-', 1)[0]!.split('@');
  return machine === host ? Number(pid) : undefined;
}

/** Of a disk that several machines share, each may only judge its own processes. */
const host = digestOf(hostname()).slice(0, 8);

/** Replaces what was there. */
export function writeDurably(path: string, content: string | Uint8Array, temporary: string): void {
  const from = writeFlushed(content, temporary);
  mkdirSync(dirname(path), { recursive: true });
  renameSync(from, path);
  flush(dirname(path));
}

/**
 * Leaves what was there; true if this call was the one that put it.
 *
 * A disk without links (exFAT, some network disks) can't do both at once: the file still appears whole
 * or not at all, but of two writers that find nothing there at the same moment both are told that they
 * were first, and the later one's content stays.
 */
export function writeOnce(path: string, content: string | Uint8Array, temporary: string): boolean {
  const from = writeFlushed(content, temporary);
  mkdirSync(dirname(path), { recursive: true });
  try {
    linkSync(from, path);
    flush(dirname(path));
    return true;
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if (!withoutLinks(problem)) throw problem;
    if (statSync(path, { throwIfNoEntry: false })) return false;
    renameSync(from, path);
    flush(dirname(path));
    return true;
  } finally {
    rmSync(from, { force: true });
  }
}

/** Whether an error says that there is no room left. */
export function isFull(problem: unknown): boolean {
  return FULL.has((problem as NodeJS.ErrnoException).code ?? '');
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether an error of `link` says that the disk knows none. */
export function withoutLinks(problem: unknown): boolean {
  return NO_LINKS.has((problem as NodeJS.ErrnoException).code ?? '');
}

const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

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
