/**
 * A folder for one attempt: an empty one in it for each output, one for scratch.
 *
 * One that is empty again when its attempt is over is taken for the next with the same outputs: making
 * and removing folders costs more than what a short stage does.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasEnded, makerOf } from '../../base/maker.ts';
import { hasCode, isSystemError, unlessAbsent } from '../../base/system-error.ts';
import { temporaryPath } from './durable.ts';
import type { Layout } from './layout.ts';
import { openTree } from './open-tree.ts';

export interface Workspace {
  readonly path: string;
  /** Port -> its folder. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Made by who wants it. */
  readonly scratch: string;
  /** Where checkpoints lie that nobody goes on from; made by who wants it. */
  readonly checkpoints: string;
  /** What else lies in it, if anything does. */
  stray(): string | undefined;
  /** What failed may have left a process that still writes: only what is `done` is used again. */
  remove(done: boolean): void;
}

/** By the folder of workspaces and the outputs: those that wait for their next attempt. */
const free = new Map<string, string[]>();

export function makeWorkspace(layout: Layout, ports: readonly string[]): Workspace {
  const sort = JSON.stringify([layout.workspaces, ports]);
  const known = free.get(sort)?.pop();
  const path = known ?? temporaryPath(layout.workspaces);
  // Entries, since a port may have any name, such as `__proto__`.
  const outputs: Readonly<Record<string, string>> = Object.fromEntries(
    ports.map((port, i) => [port, join(path, folderOf(port, i))]),
  );
  const scratch = join(path, 'scratch@');
  if (!known) mkdirSync(path);
  for (const folder of known ? [] : Object.values(outputs)) mkdirSync(folder);
  const checkpoints = join(path, 'checkpoints@');
  const folders = [...Object.values(outputs), scratch, checkpoints];
  const ours = new Set(folders.map((folder) => basename(folder)));
  return {
    path,
    outputs,
    scratch,
    checkpoints,
    stray: () => readdirSync(path).find((name) => !ours.has(name)),
    remove: (done) => {
      try {
        if (!done || !isEmptyAgain(path, Object.values(outputs))) removeTree(path);
        else free.set(sort, [...(free.get(sort) ?? []), path]);
      } catch (problem) {
        // It changes nothing of what the stage came to. A later run sweeps it.
        if (!isSystemError(problem)) throw problem;
      }
    },
  };
}

function isEmptyAgain(path: string, folders: readonly string[]): boolean {
  const entries = unlessAbsent(() => readdirSync(path, { withFileTypes: true })) ?? [];
  // Something else may have been put in a folder's place.
  const same = entries.length === folders.length && entries.every((one) => one.isDirectory());
  return same && folders.every((folder) => readdirSync(folder).length === 0);
}

/** Those that wait for an attempt which no longer comes. */
export function dropWorkspaces(layout: Layout): void {
  for (const [sort, paths] of free) {
    if ((JSON.parse(sort) as [string])[0] !== layout.workspaces) continue;
    for (const path of paths) removeTree(path);
    free.delete(sort);
  }
}

/** A command's outputs are named by paths. */
function folderOf(port: string, at: number): string {
  return /^[\w-]+$/.test(port) ? port : `out${at}@`;
}

/** Folders that a command closed too. */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (problem) {
    if (!hasCode(problem, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw problem;
    openTree(path);
    rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Removes what killed processes left half-done: their names say whose they are. What another machine or
 * container made stays, since nobody here knows whether its process has ended.
 */
export function sweepWorkspaces(layout: Layout): void {
  for (const folder of [layout.workspaces, layout.temporary]) {
    for (const name of unlessAbsent(() => readdirSync(folder)) ?? []) {
      const maker = makerOf(name);
      if (maker && hasEnded(maker)) removeTree(join(folder, name));
    }
  }
}
