import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isSystemError } from './system-error.ts';

/** The path of a program that the variable `PATH` leads to. An empty entry is the current folder. */
export function programOnPath(name: string, path: string): string | undefined {
  const candidates = path.split(delimiter).map((folder) => join(folder || '.', name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (problem) {
    // An entry may be anything.
    if (!isSystemError(problem)) throw problem;
    return false;
  }
}
