/** For derived files that only save time. If the disk refuses them, work continues without them. */
import { isSystemError } from '../../base/system-error.ts';

/**
 * The result of `act`, or undefined if the system refuses. A full disk is reported by writes that
 * matter more.
 */
export function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (problem) {
    if (isSystemError(problem)) return undefined;
    throw problem;
  }
}
