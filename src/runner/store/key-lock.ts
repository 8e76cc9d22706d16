/** One maker at a time for a key, between processes: a file that exists while somebody computes. */
import { keepAlive, takeAway, tryTake, Waiting } from './holder.ts';

const RETRY_MS = 200;

/**
 * Resolves with the release once the lock is held; rejects if the signal aborts the wait. `onWait` is
 * called once, where somebody else holds it.
 */
export async function holdLock(
  path: string,
  signal: AbortSignal,
  onWait: () => void = () => undefined,
): Promise<() => void> {
  const waiting = new Waiting(path);
  let told = false;
  while (!tryTake(path)) {
    signal.throwIfAborted();
    const abandoned = waiting.abandoned();
    if (abandoned) {
      takeAway(path, abandoned);
      continue;
    }
    if (!told) onWait();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return keepAlive(path);
}
