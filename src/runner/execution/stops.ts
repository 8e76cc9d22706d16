/** Two ways to stop a run: no new stage starts, or the running stages are stopped as well. */
import { setMaxListeners } from 'node:events';

/** Rejects with the reason of the signal when it is aborted, even if the promise never settles. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

export class Stops {
  /** Aborted by the user or by a bug. The running stages may still write a checkpoint. */
  readonly running: AbortSignal;
  private readonly halting = new AbortController();
  private readonly breaking = new AbortController();
  private found: { readonly problem: unknown } | undefined;
  private readonly onStop = (): void => this.halt();

  constructor(signal: AbortSignal) {
    this.running = AbortSignal.any([signal, this.breaking.signal]);
    // Each running stage adds a listener, and there may be hundreds of stages.
    setMaxListeners(0, this.running, this.halting.signal);
    this.running.addEventListener('abort', this.onStop, { once: true });
    if (this.running.aborted) this.halt();
  }

  /** When aborted, no new stage and no new attempt starts. */
  get starting(): AbortSignal {
    return this.halting.signal;
  }

  /** The first bug that was found. */
  get bug(): { readonly problem: unknown } | undefined {
    return this.found;
  }

  /** No new stage starts. The running ones continue. */
  halt(): void {
    this.halting.abort();
  }

  /** After a bug: stops the running stages as Ctrl-C does. */
  stopForBug(problem: unknown): void {
    this.found ??= { problem };
    this.breaking.abort();
    // If the user stopped the run, it was aborted before.
    this.halt();
  }

  /** The signal of the caller may live longer than this run. */
  close(): void {
    this.running.removeEventListener('abort', this.onStop);
  }
}
