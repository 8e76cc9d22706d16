/**
 * When bytes must have reached the disk: before they get their name, or a while later.
 *
 * A process that dies loses nothing either way; only a power cut can take what was not flushed. What
 * took long is flushed at once. What took a moment may wait for the end of the run, when thousands of
 * files cost about as much as a few: should the power fail before, it is found damaged and made again.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { unlessAbsent } from '../../base/system-error.ts';

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

  /** `now` gives milliseconds; without it nothing is flushed before `all`. */
  constructor(now: () => number = () => 0) {
    this.now = now;
  }

  flush(path: string): void {
    if (this.waiting.size === 0) this.since = this.now();
    this.waiting.add(path);
    if (this.now() - this.since > LONGEST_MS) this.all();
  }

  /** Throws where the disk did not take something. */
  all(): void {
    const paths = [...this.waiting];
    this.waiting.clear();
    if (paths.length >= MANY && flushFileSystems(paths)) return;
    for (const path of paths) {
      // Taken away since: then nobody needs it on the disk.
      unlessAbsent(() => flushNow(path));
    }
  }
}

/** So many take longer one by one than all that waits on their file system together. */
const MANY = 100;

/** Others may have written a lot to it: then what is ours alone may be on the disk sooner. */
const PATIENCE_MS = 5000;
/** One by one, each takes about so long. */
const PATIENCE_PER_PATH_MS = 2;

/** Node has no `syncfs`, and Linux has a program for it. False where it can't be done, or not in time. */
function flushFileSystems(paths: readonly string[]): boolean {
  if (platform() !== 'linux') return false;
  // Of a file in a shard that is the folder of all shards.
  const folders = new Set(paths.map((path) => dirname(dirname(path))));
  const { status, stderr } = spawnSync('env', ['LC_ALL=C', 'sync', '-f', ...folders], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: PATIENCE_MS + PATIENCE_PER_PATH_MS * paths.length,
  });
  // The disk's own answer is given once: to ask again one by one might be told that all is well.
  const refusal = /^sync: error syncing .*$/m.exec(stderr ?? '');
  if (refusal) throw Object.assign(new Error(refusal[0]), { code: 'EIO', syscall: 'syncfs' });
  return status === 0;
}

function flushNow(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
