/**
 * Errors of the operating system, as opposed to bugs.
 *
 * A `catch` names the codes that it expects and throws everything else on: a bug must never look like a
 * failure of the disk, and an error must never look like an absence.
 */

/** The error of a failed system call: an `Error` of Node with the name of the call and a code such as `EACCES`. */
export type SystemError = NodeJS.ErrnoException & { readonly code: string };

export function isSystemError(problem: unknown): problem is SystemError {
  if (!(problem instanceof Error)) return false;
  const { code, syscall, errno } = problem as NodeJS.ErrnoException;
  return typeof code === 'string' && (syscall !== undefined || errno !== undefined);
}

/** The code of an error of the system or of Node, such as `ENOENT` or `MODULE_NOT_FOUND`. */
export function codeOf(problem: unknown): string | undefined {
  const code = problem instanceof Error ? (problem as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the system answered with one of these codes. */
export function hasCode(problem: unknown, ...codes: readonly string[]): problem is SystemError {
  return isSystemError(problem) && codes.includes(problem.code);
}

/**
 * Whether a name is known not to exist: it is not there, or a file stands where one of its folders
 * should. No other error says that there is nothing.
 */
export function isAbsent(problem: unknown): problem is SystemError {
  return hasCode(problem, 'ENOENT', 'ENOTDIR');
}

/** For a promise that may be rejected by the system and by nothing else; gives undefined. */
export function expectSystemError(problem: unknown): undefined {
  if (!isSystemError(problem)) throw problem;
}

/** What `act` returns, or undefined where the name that it looks at does not exist. */
export function unlessAbsent<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (isAbsent(problem)) return undefined;
    throw problem;
  }
}
