/** Folders and files of a person, for the commands that read or write there. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readBytes } from '../base/read-file.ts';
import { hasCode, isSystemError, unlessAbsent } from '../base/system-error.ts';
import type { ProjectFolder } from '../dvc/project-folder.ts';
import { type SourceFile, sourceOf } from '../runner/index.ts';

/** Undefined where there is no such file; the path is shown as the person here would write it. */
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

/** What went wrong, as the end of a sentence. */
export function writeText(
  path: string,
  text: string,
  over: 'nothing' | 'anything',
): string | undefined {
  try {
    // Exclusive, so that a file that appears meanwhile is not lost either.
    writeFileSync(path, text, { flag: over === 'nothing' ? 'wx' : 'w' });
    return undefined;
  } catch (problem) {
    if (hasCode(problem, 'EEXIST')) return 'is there already';
    if (!isSystemError(problem)) throw problem;
    return `can't be written: ${problem.message}`;
  }
}
