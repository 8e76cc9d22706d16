/**
 * When bytes must have reached the disk: before they get their name, or a while later.
 *
 * A process that dies loses nothing either way; only a power cut can take what was not flushed. What
 * took long is flushed at once. What took a moment may wait for the end of the run, when thousands of
 * files cost about as much as a few: should the power fail before, it is found damaged and made again.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';

export interface Flushes {
  /** Of a file's content, or of a folder's names. */
  flush(path: string): void;
  /** Whether a file must be flushed before it gets its name. */
  readonly first: boolean;
}

export const atOnce: Flushes = { flush: flushNow, first: true };

/** Nothing waits longer than this, in a run that goes on and on. */
const LONGEST_MS = 10_000;

export class LaterFlushes implements Flushes {
  readonly first = false;
  private readonly waiting = new Set<string>();
  private readonly now: () => number;
  private since = 0;

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  flush(path: string): void {
    if (this.waiting.size === 0) this.since = this.now();
    this.waiting.add(path);
    if (this.now() - this.since > LONGEST_MS) this.all();
  }

  all(): void {
    for (const path of this.waiting) {
      try {
        flushNow(path);
      } catch {
        // Taken away since: then nobody needs it on the disk.
      }
    }
    this.waiting.clear();
  }
}

function flushNow(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
