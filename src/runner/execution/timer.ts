/** Timers of any length. Timers of Node fire at once if they are longer than 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls `call` after a time. The returned function cancels it. */
export function after(ms: number, call: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const next = (): void => (left > LONGEST_MS ? wait(left - LONGEST_MS) : call());
    timer = setTimeout(next, Math.min(left, LONGEST_MS));
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** Resolves after a time, or as soon as the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = (): void => {
      signal.removeEventListener('abort', stop);
      cancel();
      resolve();
    };
    const cancel = after(ms, stop);
    signal.addEventListener('abort', stop);
  });
}
