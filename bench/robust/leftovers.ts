/** What runs leave behind that nobody should find: bytes under a wrong name, half-done things, processes. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface ObjectCount {
  readonly objects: number;
  /** Those whose bytes don't have their name. */
  readonly corrupt: readonly string[];
}

export function checkObjects(artifacts: string): ObjectCount {
  const root = join(artifacts, 'store', 'objects');
  const corrupt: string[] = [];
  let objects = 0;
  for (const folder of namesIn(root)) {
    for (const name of namesIn(join(root, folder))) {
      objects++;
      const bytes = readFileSync(join(root, folder, name));
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (digest !== folder + name) corrupt.push(folder + name);
    }
  }
  return { objects, corrupt };
}

/** Workspaces, files on their way into the store, signs of runs that are gone. */
export function halfDone(artifacts: string): string[] {
  return ['work', 'checkpoints', 'store/tmp', 'store/locks', 'store/live'].flatMap((folder) =>
    namesIn(join(artifacts, folder)).map((name) => `${folder}/${name}`),
  );
}

/** Digest of each file that people see. */
export function latestFiles(artifacts: string): Readonly<Record<string, string>> {
  const root = join(artifacts, 'latest');
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === '.outputs') continue;
    const path = join(entry.parentPath, entry.name);
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    files[path.slice(root.length + 1)] = digest;
  }
  return files;
}

/** Processes that work below a folder; none where the system does not tell. */
export function processesIn(folder: string): number[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
