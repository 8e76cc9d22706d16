/** Reads files. Unlike in Node, every read error names the file. */
import { readFileSync } from 'node:fs';
import { isSystemError } from './system-error.ts';

export function readBytes(path: string): Buffer {
  return reading(path, () => readFileSync(path));
}

export function readText(path: string): string {
  return readBytes(path).toString('utf8');
}

/** Reads from an open file with `act`, and adds the path to errors. Node omits it if the disk fails or the file is a folder. */
export function reading<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    throw withPath(problem, path);
  }
}

/** Returns the same error. A system error without a path gets this one. */
export function withPath(problem: unknown, path: string): unknown {
  if (isSystemError(problem) && problem.path === undefined) {
    problem.path = path;
    problem.message += ` '${path}'`;
  }
  return problem;
}
