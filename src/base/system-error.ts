/**
 * Errors of the operating system, as opposed to bugs.
 *
 * A `catch` names the codes that it expects and rethrows everything else. A bug must never look like a disk failure, and
 * an error must never look like a missing file.
 */

/** The error of a failed system call: Node's `Error` with the name of the call and a code such as `EACCES`. */
export type SystemError = NodeJS.ErrnoException & { readonly code: string };

export function isSystemError(problem: unknown): problem is SystemError {
  if (!(problem instanceof Error)) return false;
  const { code, syscall, errno } = problem as NodeJS.ErrnoException;
  return typeof code === 'string' && (syscall !== undefined || errno !== undefined);
}

/** The code of a system error or of an error of Node, such as `ENOENT` or `MODULE_NOT_FOUND`. */
export function codeOf(problem: unknown): string | undefined {
  const code = problem instanceof Error ? (problem as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether this is a system error with one of these codes. */
export function hasCode(problem: unknown, ...codes: readonly string[]): problem is SystemError {
  return isSystemError(problem) && codes.includes(problem.code);
}

/**
 * Whether the error says that a path does not exist: it is missing, or one of its folders is a file. No other error
 * says so.
 */
export function isAbsent(problem: unknown): problem is SystemError {
  return hasCode(problem, 'ENOENT', 'ENOTDIR');
}

/** For promises that only a system error may reject. Returns undefined, and rethrows other errors. */
export function expectSystemError(problem: unknown): undefined {
  if (!isSystemError(problem)) throw problem;
}

/**
 * Returns the result of `act`, or undefined if the system refuses it: for work that only saves time or shows more. A
 * full disk is reported by writes that matter more.
 */
export function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (isSystemError(problem)) return undefined;
    throw problem;
  }
}

/** Returns the result of `act`, or undefined if the path that it uses does not exist. */
export function unlessAbsent<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (isAbsent(problem)) return undefined;
    throw problem;
  }
}
