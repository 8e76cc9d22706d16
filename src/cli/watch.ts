/**
 * Waits until a file of the pipeline, or an input of its stages, may have changed.
 *
 * chokidar is not used: for 10,000 files in a folder it needs 10,000 watches and a second of CPU time to start. This
 * needs one watch, because the folder reports the changes of its files.
 */
import { existsSync, type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { unlessAbsent, unlessRefused } from '../base/system-error.ts';
import { stampOf } from '../runner/index.ts';

/** An editor writes a file in several steps, and a checkout changes many files. */
const SETTLE_MS = 150;

export interface Watched {
  /** Files, and folders with their content. */
  readonly paths: readonly string[];
  /** The stat of files when they were read. A difference is a change that has already happened. */
  readonly stamps?: ReadonlyMap<string, string>;
  /** Paths that did not exist. It is a change if one appears. */
  readonly absent?: readonly string[];
}

/** Resolves with the path that changed first, or with undefined when the signal aborts. */
export function nextChange(
  { paths, stamps = new Map(), absent = [] }: Watched,
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
    // A file is often replaced by a new one with the same name. Its folder reports both changes.
    const names = new Map<string, Set<string>>();
    for (const path of [...paths, ...absent]) {
      if (isFolder(path)) follow(path, true, (name) => notice(`${path}/${name}`), watchers);
      else {
        const { folder, name } = firstStep(path);
        const known = names.get(folder) ?? new Set();
        names.set(folder, known.add(name));
      }
    }
    for (const [folder, wanted] of names) {
      const onName = (name: string): void => {
        if (wanted.has(name)) notice(`${folder}/${name}`);
        // The watcher of a folder reports that the folder was moved away, and nothing after that.
        else if (!existsSync(folder)) notice(folder);
      };
      follow(folder, false, onName, watchers);
    }
    for (const [path, stamp] of stamps) if (stampAt(path) !== stamp) notice(path);
    for (const path of absent) if (existsSync(path)) notice(path);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** Undefined if the file no longer exists. */
function stampAt(path: string): string | undefined {
  return unlessAbsent(() => stampOf(statSync(path, { bigint: true })));
}

/** The deepest existing folder above a path, and the name in it by which the path would appear. */
function firstStep(path: string): { folder: string; name: string } {
  let [folder, name] = [dirname(path), basename(path)];
  while (!existsSync(folder) && dirname(folder) !== folder) {
    [folder, name] = [dirname(folder), basename(folder)];
  }
  return { folder, name };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function follow(
  folder: string,
  recursive: boolean,
  report: (name: string) => void,
  watchers: FSWatcher[],
): void {
  // A path that was removed or can't be read can't be watched. The plan reports it.
  unlessRefused(() => {
    const watcher = watch(folder, { recursive }, (_, name) => report(name ?? ''));
    // Removing a folder changes its content.
    watcher.on('error', () => report(''));
    watchers.push(watcher);
  });
}
