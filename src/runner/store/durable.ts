/**
 * Files that appear whole or not at all, whatever happens to the process or the machine: written
 * beside their place, flushed, then given their name, and the folder flushed too.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { hasCode } from '../../base/system-error.ts';
import { digestOf } from '../key/digest.ts';
import { atOnce, type Flushes } from './flushes.ts';

let counter = 0;

/** A name that no other writer uses; who it is can be told from it. */
export function temporaryPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return temporaryName(folder);
}

function temporaryName(folder: string): string {
  return join(folder, `${process.pid}@${host}-${Date.now().toString(36)}-${counter++}`);
}

/** The process of this machine that made a temporary name; undefined for one of another machine. */
export function ownerOf(name: string): number | undefined {
  const [pid, machine] = name.split('-', 1)[0]!.split('@');
  return machine === host ? Number(pid) : undefined;
}

/** Of a disk that several machines share, each may only judge its own processes. */
const host = digestOf(hostname()).slice(0, 8);

/** Does it; where a folder is missing, makes it and does it again. Most often it is there. */
export function inFolder<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    mkdirSync(folder, { recursive: true });
    return act();
  }
}

/** Replaces what was there. */
export function writeDurably(
  path: string,
  content: string | Uint8Array,
  temporary: string,
  flushes = atOnce,
): void {
  const from = writeBeside(content, temporary, flushes);
  inFolder(dirname(path), () => renameOver(from, path, temporary));
  named(path, flushes);
}

/** No folder belongs there: one that does stand there is swept with the temporary files. */
function renameOver(from: string, path: string, temporary: string): void {
  try {
    renameSync(from, path);
  } catch (problem) {
    if (!hasCode(problem, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw problem;
    renameSync(path, temporaryName(temporary));
    renameSync(from, path);
  }
}

/** A new name is in its folder, and that on the disk when the file is. */
function named(path: string, flushes: Flushes): void {
  if (!flushes.first) flushes.flush(path);
  flushes.flush(dirname(path));
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

function writeBeside(content: string | Uint8Array, temporary: string, { first }: Flushes): string {
  const path = temporaryName(temporary);
  const file = inFolder(temporary, () => openSync(path, 'wx'));
  try {
    writeFileSync(file, content);
    if (first) fsyncSync(file);
  } catch (problem) {
    rmSync(path, { force: true });
    throw problem;
  } finally {
    closeSync(file);
  }
  return path;
}
