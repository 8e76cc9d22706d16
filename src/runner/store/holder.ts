/**
 * A file that exists while a process does something, and names that process: the root of locks and of
 * the markers of live runs.
 *
 * Where this process can know the holder's process, a holder that has ended is known by its pid. Any other
 * holder (another machine, another container) proves that it lives by writing to the file again and again.
 * How long it was silent is measured by the clock of the file system.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import {
  hasEnded,
  isKnowable,
  isThisProcess,
  type Maker,
  ownName,
  thisProcess,
} from '../../base/maker.ts';
import { hasCode, isAbsent, isSystemError, unlessAbsent } from '../../base/system-error.ts';
import { inFolder, withoutLinks } from './durable.ts';
import { timeInIfWritable } from './file-clock.ts';
import { fileAt } from './file-stamp.ts';

const HEARTBEAT_MS = 5_000;
const SILENT_MS = 60_000;

/** Who waits sees this much time pass without a sign of life before it believes a silence: a clock may jump. */
const WATCHED_MS = 2 * HEARTBEAT_MS;

/** The place is missing in files of earlier versions: their process can't be known. */
export interface Holder extends Omit<Maker, 'place'> {
  readonly place?: string;
  /** For people. */
  readonly host: string;
  /** What it does, for people. */
  readonly what?: string;
}

export function thisHolder(what?: string): Holder {
  return { ...thisProcess(), host: hostname(), ...(what && { what }) };
}

/** A file of a holder as it was at one moment. */
export interface Sign {
  /** Undefined where the text is not whole, or may not be read. */
  readonly holder: Holder | undefined;
  /** When it was last written, by the clock of the file system, in milliseconds. */
  readonly touched: number;
  readonly inode: number;
}

/**
 * Undefined where the file does not exist. What is read after opening it is what the file server has: a
 * look by name may be answered from a cache.
 */
export function signAt(path: string): Sign | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (problem) {
    if (isAbsent(problem)) return undefined;
    if (hasCode(problem, ...SOMEBODYS)) return signByName(path);
    throw problem;
  }
  try {
    const { mtimeMs: touched, ino: inode } = fstatSync(file);
    return { holder: holderIn(readFileSync(file, 'utf8')), touched, inode };
  } catch (problem) {
    if (hasCode(problem, ...SOMEBODYS)) return signByName(path);
    throw problem;
  } finally {
    closeSync(file);
  }
}

/** It may not be read, or was replaced while it was read: it is there, and nobody knows whose it is. */
const SOMEBODYS = ['EACCES', 'EPERM', 'ESTALE'];

function signByName(path: string): Sign | undefined {
  const status = unlessAbsent(() => statSync(path));
  return status && { holder: undefined, touched: status.mtimeMs, inode: status.ino };
}

function holderIn(text: string): Holder | undefined {
  const holder = parseJson(text) as Holder | null | undefined;
  const whole = Number.isInteger(holder?.pid) && typeof holder?.host === 'string';
  return whole ? (holder ?? undefined) : undefined;
}

/** Undefined where the file does not exist, or does not say whose it is. */
export function holderOf(path: string): Holder | undefined {
  return signAt(path)?.holder;
}

function makerIn(holder: Holder | undefined): Maker | undefined {
  return holder?.place === undefined ? undefined : { ...holder, place: holder.place };
}

function isOurs(holder: Holder): boolean {
  const maker = makerIn(holder);
  return maker !== undefined && isThisProcess(maker);
}

/** Whether the holder's process is known to have ended. False also where nothing is known. */
function isDead(holder: Holder | undefined): boolean {
  const maker = makerIn(holder);
  return maker !== undefined && hasEnded(maker);
}

/** Whether it was silent for long. Where the time can't be measured it was not. */
function isSilent(path: string, touched: number): boolean {
  const now = timeInIfWritable(dirname(path));
  return now !== undefined && now - touched > SILENT_MS;
}

/** What somebody who waits for a file to go away saw of it last. */
export class Waiting {
  private readonly path: string;
  private seen:
    | { readonly touched: number; readonly inode: number; readonly since: number }
    | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The file, where its holder has ended or was silent for long: it may be taken away. Silence counts for a
   * process that lives too, since it may have been stopped.
   */
  abandoned(): Sign | undefined {
    const sign = signAt(this.path);
    if (!sign || isDead(sign.holder)) return sign;
    const { touched, inode } = sign;
    const now = performance.now();
    if (this.seen?.touched !== touched || this.seen.inode !== inode) {
      this.seen = { touched, inode, since: now };
    }
    const watched = now - this.seen.since >= WATCHED_MS;
    return watched && isSilent(this.path, touched) ? sign : undefined;
  }
}

/**
 * The holder, where its process may still go on with what it does. One whose process can be known may be
 * silent for long and then go on (Ctrl-Z, a lid that was closed): it may do so as long as it lives.
 */
export function whoGoesOn(path: string): Holder | undefined {
  const sign = signAt(path);
  if (!sign || isDead(sign.holder)) return undefined;
  const maker = makerIn(sign.holder);
  const sure = maker?.started !== undefined && isKnowable(maker);
  return sure || !isSilent(path, sign.touched) ? (sign.holder ?? NOBODY) : undefined;
}

/** Of a file that does not say whose it is. */
const NOBODY: Holder = { pid: 0, host: 'unknown' };

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
    if (hasCode(problem, 'EEXIST')) return false;
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
  const heart: Heart = { path, inode: fileAt(path)?.ino, beaten: performance.now() };
  hearts.add(heart);
  const heartbeat = setInterval(() => beat(heart), HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    hearts.delete(heart);
    try {
      const sign = signAt(path);
      const ours = sign?.holder ? isOurs(sign.holder) : sign?.inode === heart.inode;
      if (ours) unlinkSync(path);
    } catch (problem) {
      // What was done is done: the file is seen to be abandoned when this process has ended.
      if (!isSystemError(problem)) throw problem;
    }
  };
}

interface Heart {
  readonly path: string;
  readonly inode: number | undefined;
  beaten: number;
}

const hearts = new Set<Heart>();

/** For work that leaves timers no turn for long, such as reading a file of many gigabytes. */
export function signOfLife(): void {
  const now = performance.now();
  for (const heart of hearts) if (now - heart.beaten >= HEARTBEAT_MS) beat(heart);
}

/**
 * Writes what is there already: the file system then gives the file the time of its own clock. The file may
 * have been taken over while this process was stopped: then what this process commits is the same content
 * anyway.
 */
function beat(heart: Heart): void {
  heart.beaten = performance.now();
  const { path, inode } = heart;
  try {
    const file = openSync(path, 'r+');
    try {
      const text = readFileSync(file, 'utf8');
      const holder = holderIn(text);
      if (holder && isOurs(holder)) writeSync(file, text, 0);
      else if (text === '' && fstatSync(file).ino === inode) ftruncateSync(file, 0);
    } finally {
      closeSync(file);
    }
  } catch (problem) {
    // It is tried again in a few seconds.
    if (!isSystemError(problem)) throw problem;
  }
}

/**
 * By a rename, so that of several that see a dead holder one takes its file away. One that comes late
 * may find that it took the file of a new holder, and puts it back; were that ever to fail, a stage
 * would be computed twice, with the same result.
 */
export function takeAway(path: string, { touched, inode }: Sign): void {
  const aside = `${path}.${ownName()}.stale`;
  try {
    renameSync(path, aside);
  } catch (problem) {
    if (isAbsent(problem)) return;
    throw problem;
  }
  try {
    const taken = statSync(aside);
    if (taken.mtimeMs !== touched || taken.ino !== inode) putBack(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch (problem) {
    if (withoutLinks(problem)) {
      if (!unlessAbsent(() => statSync(path))) renameSync(aside, path);
    } else if (!hasCode(problem, 'EEXIST')) throw problem;
  }
}
