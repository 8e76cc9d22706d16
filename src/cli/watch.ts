/** Waits until something that a pipeline was read from, or reads, may have changed. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { stampOf } from '../runner/store/stat-cache.ts';

/** An editor writes a file in several steps; a checkout changes many. */
const SETTLE_MS = 150;

export interface Watched {
  /** Files, and folders with all that is in them. */
  readonly paths: readonly string[];
  /** What a stat said of files when they were read: a change since then has come already. */
  readonly stamps?: ReadonlyMap<string, string>;
}

/** Resolves with the path that changed first; undefined when the signal ends the wait. */
export function nextChange(
  { paths, stamps = new Map() }: Watched,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = [];
    let first: string | undefined;
    const end = (): void => {
      for (const watcher of watchers) watcher.close();
      signal.removeEventListener('abort', end);
      resolve(first);
    };
    const notice = (path: string): void => {
      if (first !== undefined) return;
      first = path;
      setTimeout(end, SETTLE_MS);
    };
    // A file is often replaced by another of its name: its folder tells of both.
    const names = new Map<string, Set<string>>();
    for (const path of paths) {
      if (isFolder(path)) follow(path, true, (name) => notice(`${path}/${name}`), watchers);
      else {
        const folder = dirname(path);
        const known = names.get(folder) ?? new Set();
        names.set(folder, known.add(basename(path)));
      }
    }
    for (const [folder, wanted] of names) {
      const onName = (name: string): void => {
        if (wanted.has(name)) notice(`${folder}/${name}`);
      };
      follow(folder, false, onName, watchers);
    }
    for (const [path, stamp] of stamps) if (stampAt(path) !== stamp) notice(path);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** Undefined where nothing is there any more. */
function stampAt(path: string): string | undefined {
  try {
    return stampOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function follow(
  folder: string,
  recursive: boolean,
  tell: (name: string) => void,
  watchers: FSWatcher[],
): void {
  try {
    const watcher = watch(folder, { recursive }, (_, name) => tell(name ?? ''));
    // A folder that goes away is a change of what was in it.
    watcher.on('error', () => tell(''));
    watchers.push(watcher);
  } catch {
    // What is not there can't be followed; the plan will say that it is missing.
  }
}
