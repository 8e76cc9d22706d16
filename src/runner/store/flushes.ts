/**
 * Decides when bytes must have reached the disk: before they get their name, or later.
 *
 * A process that dies loses nothing in either case. Only a power cut can lose bytes that were not
 * flushed. Results that took long are flushed at once. Results that took a moment wait for the end
 * of the run, because flushing thousands of files at once costs about as much as flushing a few. If
 * the power fails before, they are found damaged and built again.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { onFile } from '../../base/read-file.ts';
import { unlessAbsent } from '../../base/system-error.ts';

export interface Flushes {
  /** Flushes the content of a file, or the names in a folder. */
  flush(path: string): void;
  /** Whether a file must be flushed before it gets its name. */
  readonly first: boolean;
}

export const atOnce: Flushes = { flush: flushNow, first: true };

/** In a long run, nothing waits longer than this. */
const LONGEST_MS = 10_000;

export class LaterFlushes implements Flushes {
  readonly first = false;
  private readonly waiting = new Set<string>();
  private readonly now: () => number;
  private since = 0;
  /**
   * After the disk has refused something: the files and folders that may be lost. The disk reports it only once,
   * so a later flush proves nothing.
   */
  refused: readonly string[] = [];

  /** `now` returns milliseconds. Without it, nothing is flushed before `all`. */
  constructor(now: () => number = () => 0) {
    this.now = now;
  }

  flush(path: string): void {
    if (this.waiting.size === 0) this.since = this.now();
    this.waiting.add(path);
    if (this.now() - this.since > LONGEST_MS) this.all();
  }

  /** Throws if the disk refuses something. */
  all(): void {
    const paths = [...this.waiting];
    this.waiting.clear();
    this.refused = paths;
    this.flushEach(paths);
    this.refused = [];
  }

  private flushEach(paths: readonly string[]): void {
    if (paths.length >= MANY && flushFileSystems(paths)) return;
    for (const path of paths) {
      // It was removed since, so nothing has to be flushed.
      unlessAbsent(() => flushNow(path));
    }
  }
}

/** Flushing this many paths one by one takes longer than flushing their whole file system. */
const MANY = 100;

/** Other programs may have written a lot to it. Then flushing only our files may be faster. */
const PATIENCE_MS = 5000;
/** The approximate time to flush one path. */
const PATIENCE_PER_PATH_MS = 2;

/**
 * Node has no `syncfs`, so this calls the program `sync`. False if that is impossible or takes too
 * long.
 */
function flushFileSystems(paths: readonly string[]): boolean {
  if (platform() !== 'linux') return false;
  // For a file in a shard, this is the folder of all shards.
  const folders = new Set(paths.map((path) => dirname(dirname(path))));
  const { status, stderr } = spawnSync('env', ['LC_ALL=C', 'sync', '-f', ...folders], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: PATIENCE_MS + PATIENCE_PER_PATH_MS * paths.length,
  });
  // The disk reports an error only once: a second flush might succeed although bytes are lost.
  const refusal = /^sync: error syncing .*$/m.exec(stderr ?? '');
  if (refusal) throw Object.assign(new Error(refusal[0]), { code: 'EIO', syscall: 'syncfs' });
  return status === 0;
}

function flushNow(path: string): void {
  const file = openSync(path, 'r');
  try {
    onFile(path, () => fsyncSync(file));
  } finally {
    closeSync(file);
  }
}
