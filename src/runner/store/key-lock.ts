/**
 * One maker at a time for a key, between processes: a file that exists while somebody computes.
 *
 * It names its holder, so that a lock left by a dead process of this machine is taken over at once;
 * a holder elsewhere (a shared disk) proves that it lives by touching the file.
 */
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

const HEARTBEAT_MS = 5_000;
const SILENT_MS = 60_000;
const RETRY_MS = 200;

/** Resolves with the release once the lock is held; rejects if the signal aborts the wait. */
export async function holdLock(path: string, signal: AbortSignal): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  while (!tryTake(path)) {
    signal.throwIfAborted();
    if (isAbandoned(path)) takeAway(path);
    else await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  const heartbeat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // Taken over while this process was stopped; what it commits is the same content anyway.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (holderOf(path)?.pid === process.pid) rmSync(path, { force: true });
  };
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function tryTake(path: string): boolean {
  try {
    const holder: Holder = { pid: process.pid, host: hostname() };
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw problem;
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAbandoned(path: string): boolean {
  const holder = holderOf(path);
  if (holder && holder.host === hostname()) return !isAlive(holder.pid);
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched > SILENT_MS;
}

/** By a rename, so that of several that see a dead lock one takes it away, once. */
function takeAway(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Somebody else was first.
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return (problem as NodeJS.ErrnoException).code === 'EPERM';
  }
}
