/** Finds npm's lock file. */
import { dirname, join, relative } from 'node:path';
import { readOwnFile } from '../../base/read-file.ts';
import { hasCode } from '../../base/system-error.ts';
import { installedPackages } from './installed-packages.ts';

export interface FoundLock {
  readonly text: string;
  /** All paths that were tried; a change of any of them can change the result. */
  readonly files: readonly string[];
  /** The name of the pipeline's folder in the lock file. */
  readonly from: string;
}

/**
 * The versions of imported packages are part of the key. They are read from npm's lock file, which may be in a
 * parent folder, as in a monorepo. Without a lock file, the installed versions are used.
 */
export function lockBeside(root: string, packages: readonly string[]): FoundLock {
  const files: string[] = [];
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'package-lock.json');
    files.push(path);
    const text = lockAt(path);
    if (text !== undefined) return { text, files, from: relative(folder, root) };
    if (folder !== dirname(folder)) continue;
    const installed = installedPackages(packages, root);
    return { text: installed.text, files: [...files, ...installed.files], from: '' };
  }
}

/** A parent folder may belong to another user. */
function lockAt(path: string): string | undefined {
  try {
    return readOwnFile(path)?.toString();
  } catch (problem) {
    if (!hasCode(problem, 'EACCES')) throw problem;
    return undefined;
  }
}
