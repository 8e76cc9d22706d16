/** A file's content. Unlike Node's own, an error of reading names the file. */
import { readFileSync } from 'node:fs';
import { isSystemError } from './system-error.ts';

export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (problem) {
    // A folder can be opened, and the error of reading it has no path.
    if (isSystemError(problem)) problem.path ??= path;
    throw problem;
  }
}

export function readText(path: string): string {
  return readBytes(path).toString('utf8');
}
