/** A file's text. Unlike Node's own, an error of reading names the file. */
import { readFileSync } from 'node:fs';
import { isSystemError } from './system-error.ts';

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    // A folder can be opened, and the error of reading it has no path.
    if (isSystemError(problem)) problem.path ??= path;
    throw problem;
  }
}
