/**
 * One maker at a time for a key, between processes: a file that exists while somebody computes.
 *
 * It names its holder, so that a lock left by a dead process of this machine is taken over at once;
 * a holder elsewhere (a shared disk) proves that it lives by touching the file.
 */
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ownerOf, temporaryPath } from './durable.ts';

const HEARTBEAT_MS = 5_000;
const SILENT_MS = 60_000;
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
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryTake(path)) {
    signal.throwIfAborted();
    if (isAbandoned(path)) {
      takeAway(path);
      continue;
    }
    if (!told) onWait();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
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
    if (isOurs(holderOf(path))) rmSync(path, { force: true });
  };
}

/** Takes away what dead processes of this machine left; nobody might ever ask for those keys again. */
export function sweepLocks(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const owner = ownerOf(name);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { force: true });
    else if (isDead(holderOf(path))) takeAway(path);
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** By a link to a file that is already whole: a lock without its holder's name can't be judged. */
function tryTake(path: string): boolean {
  const holder: Holder = { pid: process.pid, host: hostname() };
  const whole = temporaryPath(dirname(path));
  writeFileSync(whole, JSON.stringify(holder));
  try {
    linkSync(whole, path);
    return true;
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw problem;
  } finally {
    rmSync(whole, { force: true });
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isOurs(holder: Holder | undefined): boolean {
  return holder?.pid === process.pid && holder.host === hostname();
}

/** Silence counts here too: the pid of a dead holder may be somebody else's by now. */
function isAbandoned(path: string): boolean {
  if (isDead(holderOf(path))) return true;
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched > SILENT_MS;
}

function isDead(holder: Holder | undefined): boolean {
  return holder?.host === hostname() && !isAlive(holder.pid);
}

/**
 * By a rename, so that of several that see a dead lock one takes it away. One that comes late may find
 * that it took the lock of a new holder, and puts it back; were that ever to fail, a stage would be
 * computed twice, with the same result.
 */
function takeAway(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    const abandoned = statSync(path).mtimeMs;
    renameSync(path, aside);
    if (statSync(aside).mtimeMs !== abandoned) linkSync(aside, path);
  } catch {
    // Somebody else was first.
  } finally {
    rmSync(aside, { force: true });
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
