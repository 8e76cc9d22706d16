/**
 * A file that exists while a process does something, and names that process: the root of locks and of
 * the markers of live runs.
 *
 * A holder of this machine is judged by whether its process lives; one elsewhere (a shared disk) proves
 * that it lives by touching the file.
 */
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { inFolder, withoutLinks } from './durable.ts';

const HEARTBEAT_MS = 5_000;
const SILENT_MS = 60_000;

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When its process started, where the system tells: a pid alone may be somebody else's by now. */
  readonly started?: string;
  /** What it does, for people. */
  readonly what?: string;
}

let ownStart: string | undefined;

export function thisHolder(what?: string): Holder {
  ownStart ??= startOf(process.pid) ?? '';
  const started = ownStart;
  return { pid: process.pid, host: hostname(), ...(started && { started }), ...(what && { what }) };
}

/** Undefined where the file is gone, or is not whole. */
export function holderOf(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder;
    return Number.isInteger(holder.pid) && typeof holder.host === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}

export function isOurs(holder: Holder | undefined): boolean {
  return holder?.pid === process.pid && holder.host === hostname();
}

/** Of this machine, and gone. False says nothing. */
export function isDead(holder: Holder | undefined): boolean {
  if (holder?.host !== hostname()) return false;
  if (!isAlive(holder.pid)) return true;
  const started = startOf(holder.pid);
  return holder.started !== undefined && started !== undefined && started !== holder.started;
}

/** Milliseconds since the holder gave a sign of life; undefined where the file is gone. */
export function silence(path: string): number | undefined {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touched === undefined ? undefined : Date.now() - touched;
}

/** Silence counts for a holder of this machine too, alive or not: it may have been stopped for long. */
export function isAbandoned(path: string): boolean {
  return isDead(holderOf(path)) || (silence(path) ?? 0) > SILENT_MS;
}

/**
 * Whether its process may still go on with what it does. A process of this machine may be silent for
 * long and then go on (Ctrl-Z, a lid that was closed): it is one as long as it lives.
 */
export function mayGoOn(path: string): boolean {
  const holder = holderOf(path);
  if (isDead(holder)) return false;
  const silent = silence(path);
  if (silent === undefined) return false;
  const sure = holder?.host === hostname() && holder.started !== undefined;
  return sure || silent <= SILENT_MS;
}

/** True if the file is now there and ours. */
export function tryTake(path: string, what?: string): boolean {
  return tryCreate(path, JSON.stringify(thisHolder(what)));
}

/** Empty for a moment, and after a crash then: an empty file has no holder and is judged by its age. */
function tryCreate(path: string, text: string): boolean {
  let file: number;
  try {
    file = inFolder(dirname(path), () => openSync(path, 'wx'));
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw problem;
  }
  try {
    writeFileSync(file, text);
    return true;
  } catch (problem) {
    rmSync(path, { force: true });
    throw problem;
  } finally {
    closeSync(file);
  }
}

/** For a disk without room for the holder's name: the file is judged by its age alone. */
export function tryTakeNameless(path: string): boolean {
  return tryCreate(path, '');
}

/** Keeps the file young until the release, which takes it away. */
export function keepAlive(path: string): () => void {
  const inode = inodeOf(path);
  const heart: Heart = { path, beaten: performance.now() };
  hearts.add(heart);
  const heartbeat = setInterval(() => beat(heart), HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    hearts.delete(heart);
    const holder = holderOf(path);
    const ours = holder ? isOurs(holder) : inodeOf(path) === inode;
    if (ours) rmSync(path, { force: true });
  };
}

interface Heart {
  readonly path: string;
  beaten: number;
}

const hearts = new Set<Heart>();

/** For work that leaves timers no turn for long, such as reading a file of many gigabytes. */
export function signOfLife(): void {
  const now = performance.now();
  for (const heart of hearts) if (now - heart.beaten >= HEARTBEAT_MS) beat(heart);
}

function beat(heart: Heart): void {
  heart.beaten = performance.now();
  try {
    const now = new Date();
    utimesSync(heart.path, now, now);
  } catch {
    // Taken over while this process was stopped; what it commits is the same content anyway.
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/**
 * By a rename, so that of several that see a dead holder one takes its file away. One that comes late
 * may find that it took the file of a new holder, and puts it back; were that ever to fail, a stage
 * would be computed twice, with the same result.
 */
export function takeAway(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    const abandoned = statSync(path).mtimeMs;
    renameSync(path, aside);
    if (statSync(aside).mtimeMs !== abandoned) putBack(aside, path);
  } catch {
    // Somebody else was first.
  } finally {
    rmSync(aside, { force: true });
  }
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch (problem) {
    if (withoutLinks(problem) && !statSync(path, { throwIfNoEntry: false }))
      renameSync(aside, path);
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

/** Linux tells it, as ticks since the machine started; the name before it may hold anything. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
