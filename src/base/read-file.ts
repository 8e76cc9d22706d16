/** Reads files. Unlike in Node, every read error names the file. */
import { readFileSync, statSync } from 'node:fs';
import { isSystemError, unlessAbsent } from './system-error.ts';

export function readBytes(path: string): Buffer {
  return onFile(path, () => readFileSync(path));
}

export function readText(path: string): string {
  return readBytes(path).toString('utf8');
}

/**
 * A file that this program or npm wrote. Undefined if there is none, or if something else has its name, such as a folder or a
 * FIFO, which would block until another process opens it.
 */
export function readOwnFile(path: string): Buffer | undefined {
  return unlessAbsent(() => (isOtherThanFile(path) ? undefined : readBytes(path)));
}

/** Whether something that is not a file has this name. */
export function isOtherThanFile(path: string): boolean {
  return unlessAbsent(() => statSync(path))?.isFile() === false;
}

/** Reads or writes an open file with `act`, and adds its path to errors. Node omits it if the disk fails or the file is a folder. */
export function onFile<T>(path: string, act: () => T): T {
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
