/** What runs must not leave behind: bytes under a wrong name, incomplete files, processes. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface ObjectCount {
  readonly objects: number;
  /** Objects whose bytes do not match their name. */
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

/** Workspaces, temporary files, and markers and locks of runs that have ended. */
export function incompleteFiles(artifacts: string): string[] {
  return ['work', 'checkpoints', 'store/tmp', 'store/locks', 'store/live'].flatMap((folder) =>
    namesIn(join(artifacts, folder)).map((name) => `${folder}/${name}`),
  );
}

/** The digest of each file in `latest/`. */
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

/** Processes whose working directory is below a folder. None if the system does not show them. */
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
