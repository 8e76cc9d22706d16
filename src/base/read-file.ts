/** What files hold. Unlike Node's own, an error of reading names the file. */
import { readFileSync } from 'node:fs';
import { isSystemError } from './system-error.ts';

export function readBytes(path: string): Buffer {
  return reading(path, () => readFileSync(path));
}

export function readText(path: string): string {
  return readBytes(path).toString('utf8');
}

/** What `act` reads of an open file. A disk that fails, or a folder, gives errors that have no path. */
export function reading<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    throw withPath(problem, path);
  }
}

/** The same error. It gets this path where it is one of the system and has none. */
export function withPath(problem: unknown, path: string): unknown {
  if (isSystemError(problem) && problem.path === undefined) {
    problem.path = path;
    problem.message += ` '${path}'`;
  }
  return problem;
}
