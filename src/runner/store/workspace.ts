/** A folder for one attempt: an empty one in it for each output, one for scratch; all gone at its end. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ownerOf, temporaryPath } from './durable.ts';
import { isAlive } from './holder.ts';
import type { Layout } from './layout.ts';
import { openTree } from './open-tree.ts';

export interface Workspace {
  readonly path: string;
  /** Port -> its folder. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly scratch: string;
  /** What else lies in it, if anything does. */
  stray(): string | undefined;
  remove(): void;
}

export function makeWorkspace(layout: Layout, ports: readonly string[]): Workspace {
  const path = temporaryPath(layout.workspaces);
  const outputs: Record<string, string> = {};
  for (const [i, port] of ports.entries()) outputs[port] = join(path, folderOf(port, i));
  const scratch = join(path, 'scratch@');
  for (const folder of [...Object.values(outputs), scratch]) mkdirSync(folder, { recursive: true });
  const ours = new Set([...Object.values(outputs), scratch].map((folder) => basename(folder)));
  return {
    path,
    outputs,
    scratch,
    stray: () => readdirSync(path).find((name) => !ours.has(name)),
    remove: () => removeTree(path),
  };
}

/** A command's outputs are named by paths. */
function folderOf(port: string, at: number): string {
  return /^[\w-]+$/.test(port) ? port : `out${at}@`;
}

/** Folders that a command closed too. */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    openTree(path);
    rmSync(path, { recursive: true, force: true });
  }
}

/** Removes what killed processes of this machine left half-done: their names say whose they are. */
export function sweepWorkspaces(layout: Layout): void {
  for (const folder of [layout.workspaces, layout.temporary]) {
    let names: string[] = [];
    try {
      names = readdirSync(folder);
    } catch {
      continue;
    }
    for (const name of names) {
      const pid = ownerOf(name);
      if (pid !== undefined && !isAlive(pid)) {
        removeTree(join(folder, name));
      }
    }
  }
}
