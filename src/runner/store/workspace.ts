/** An empty folder for one attempt, with a folder for each output; gone when the attempt is over. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ownerOf, temporaryPath } from './durable.ts';
import { isAlive } from './holder.ts';
import type { Layout } from './layout.ts';

export interface Workspace {
  readonly path: string;
  readonly outputs: Readonly<Record<string, string>>;
  remove(): void;
}

export function makeWorkspace(layout: Layout, ports: readonly string[]): Workspace {
  const path = temporaryPath(layout.workspaces);
  const outputs: Record<string, string> = {};
  for (const port of ports) {
    outputs[port] = join(path, port);
    mkdirSync(outputs[port], { recursive: true });
  }
  return { path, outputs, remove: () => rmSync(path, { recursive: true, force: true }) };
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
        rmSync(join(folder, name), { recursive: true, force: true });
      }
    }
  }
}
