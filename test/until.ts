import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '../src/base/system-error.ts';

/** Waits until a condition is true, without a limit: the timeout of the test ends the wait. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(10);
}

/** Waits until there is no process with this pid. */
export function hasGone(pid: number): Promise<void> {
  return until(() => {
    try {
      process.kill(pid, 0);
      return false;
    } catch (problem) {
      if (!hasCode(problem, 'ESRCH')) throw problem;
      return true;
    }
  });
}
