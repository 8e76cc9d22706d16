/** Reads and writes the user's files for the commands. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readBytes } from '../base/read-file.ts';
import { hasCode, isSystemError, unlessAbsent } from '../base/system-error.ts';
import type { ProjectFolder } from '../dvc/project-folder.ts';
import { type SourceFile, sourceOf } from '../runner/index.ts';

/** Undefined if the file does not exist. Messages show the path relative to the current folder. */
export function readSource(path: string): SourceFile | undefined {
  const bytes = unlessAbsent(() => readBytes(path));
  return bytes && sourceOf(relative(process.cwd(), path), bytes);
}

export function openFolder(root: string): ProjectFolder {
  const at = (path: string): string => join(resolve(root), path);
  return {
    read: (path) => readSource(at(path)),
    kind: (path) => {
      const found = statSync(at(path), { throwIfNoEntry: false });
      return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
    },
    list: (path) => (existsSync(at(path)) ? readdirSync(at(path)).sort() : []),
  };
}

/** Returns the error as the end of a sentence; undefined if the file was written. */
export function writeText(
  path: string,
  text: string,
  over: 'nothing' | 'anything',
  mode = 0o666,
): string | undefined {
  try {
    // Exclusive, so that a file that was just created is not overwritten either.
    writeFileSync(path, text, { flag: over === 'nothing' ? 'wx' : 'w', mode });
    return undefined;
  } catch (problem) {
    if (hasCode(problem, 'EEXIST')) return 'already exists';
    if (!isSystemError(problem)) throw problem;
    return `can't be written: ${problem.message}`;
  }
}
