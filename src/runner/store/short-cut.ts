/** Files that save time and nothing else: where the disk refuses, work goes on without them. */
import { isSystemError } from '../../base/system-error.ts';

/** What `act` returns, or undefined where the system says no. A full disk is told by what needs it more. */
export function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (isSystemError(problem)) return undefined;
    throw problem;
  }
}
