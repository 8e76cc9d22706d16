import { isStop } from '../../../base/is-stop.ts';
import { RemoteError } from './remote.ts';

/**
 * The values of all promises. Rejects after all have settled, so that nothing goes on afterwards. A stop
 * and a problem of the remote hide no other failure: an error of the disk, or a bug.
 */
export async function allSettled<T>(
  promises: Iterable<Promise<T>>,
  signal: AbortSignal,
): Promise<T[]> {
  const values: T[] = [];
  const failures: unknown[] = [];
  for (const one of await Promise.allSettled(promises)) {
    if (one.status === 'fulfilled') values.push(one.value);
    else failures.push(one.reason);
  }
  if (failures.length === 0) return values;
  const others = failures.filter((problem) => !isStop(problem, signal));
  throw others.find((problem) => !(problem instanceof RemoteError)) ?? others[0] ?? failures[0];
}
