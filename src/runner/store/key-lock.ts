/** A lock file, so that only one process at a time computes the result of a key. */
import { keepAlive } from './heartbeat.ts';
import { removeAbandoned, tryAcquire } from './holder.ts';
import { AbandonmentWatch } from './liveness.ts';

const RETRY_MS = 200;

/**
 * Resolves with the release when the lock is held. Rejects if the signal aborts the wait. `onWait`
 * is called once if another process holds the lock.
 */
export async function holdLock(
  path: string,
  signal: AbortSignal,
  onWait: () => void = () => undefined,
): Promise<() => void> {
  const watch = new AbandonmentWatch(path);
  let reported = false;
  while (!tryAcquire(path)) {
    signal.throwIfAborted();
    const abandoned = watch.abandoned();
    if (abandoned) {
      removeAbandoned(path, abandoned);
      continue;
    }
    if (!reported) onWait();
    reported = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return keepAlive(path);
}
