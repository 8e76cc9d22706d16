/** For reading the store while a plan is made. */
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError } from '../../base/system-error.ts';
import { error } from '../document/diagnostic.ts';
import type { BadInput } from './project.ts';

/** Fails if the store exists but can't be read. */
export async function unlessUnreadable<T>(
  read: () => T | Promise<T>,
): Promise<Result<T, BadInput>> {
  try {
    return ok(await read());
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const message = `the store can't be read: ${problem.message}`;
    const suggestion = 'check the permissions of the artifacts folder, and its disk';
    const diagnostics = [error(message, undefined, { suggestion })];
    return fail({ diagnostics, sources: [], unreadableStore: true });
  }
}
