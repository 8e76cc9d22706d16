/**
 * A folder for one attempt, with an empty folder for each output and one for scratch files.
 *
 * A workspace that is empty again after its attempt is reused for the next attempt with the same
 * outputs, because creating and removing folders costs more than a short stage.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasEnded, makerOf } from '../../base/maker.ts';
import { hasCode, unlessAbsent, unlessRefused } from '../../base/system-error.ts';
import { temporaryPath } from './durable.ts';
import type { Layout } from './layout.ts';
import { makeAccessible } from './make-accessible.ts';

export interface Workspace {
  readonly path: string;
  /** The folder of each output, by port. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Created when it is first used. */
  readonly scratch: string;
  /** A folder for checkpoints that no later attempt uses. Created when it is first used. */
  readonly checkpoints: string;
  /** The name of something unexpected in the workspace, if there is any. */
  stray(): string | undefined;
  /**
   * A failed stage may have left a process that still writes, so a workspace is reused only if
   * `done`.
   */
  remove(done: boolean): void;
}

/** Free workspaces, by the folder of workspaces and the outputs. */
const free = new Map<string, string[]>();

export function makeWorkspace(layout: Layout, ports: readonly string[]): Workspace {
  const sort = JSON.stringify([layout.workspaces, ports]);
  const known = free.get(sort)?.pop();
  const path = known ?? temporaryPath(layout.workspaces);
  // Entries, because a port may have any name, such as `__proto__`.
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
      // The result of the stage does not depend on it. A later run removes a folder that stays.
      unlessRefused(() => {
        if (!done || !isEmptyAgain(path, Object.values(outputs))) removeTree(path);
        else free.set(sort, [...(free.get(sort) ?? []), path]);
      });
    },
  };
}

function isEmptyAgain(path: string, folders: readonly string[]): boolean {
  const entries = unlessAbsent(() => readdirSync(path, { withFileTypes: true })) ?? [];
  // A folder may have been replaced by something else.
  const same = entries.length === folders.length && entries.every((one) => one.isDirectory());
  return same && folders.every((folder) => readdirSync(folder).length === 0);
}

/** Removes free workspaces that are no longer needed. */
export function dropWorkspaces(layout: Layout): void {
  for (const [sort, paths] of free) {
    if ((JSON.parse(sort) as [string])[0] !== layout.workspaces) continue;
    for (const path of paths) removeTree(path);
    free.delete(sort);
  }
}

/** The outputs of a command are named by paths. */
function folderOf(port: string, at: number): string {
  return /^[\w-]+$/.test(port) ? port : `out${at}@`;
}

/** Also removes folders that a command made inaccessible. */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (problem) {
    if (!hasCode(problem, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw problem;
    makeAccessible(path);
    rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Removes unfinished files of processes that have ended. Their names say which process made them.
 * Files of another machine or container are kept, because it is not known whether their process has
 * ended.
 */
export function sweepWorkspaces(layout: Layout): void {
  for (const folder of [layout.workspaces, layout.temporary]) {
    for (const name of unlessAbsent(() => readdirSync(folder)) ?? []) {
      const maker = makerOf(name);
      if (maker && hasEnded(maker)) removeTree(join(folder, name));
    }
  }
}
