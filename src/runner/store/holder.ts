/**
 * Holder files. A holder file exists while a process does something, and names that process. Locks and
 * the markers of live runs are holder files.
 */
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { parseJson } from '../../base/json-text.ts';
import { isThisProcess, type Maker, ownName, thisProcess } from '../../base/maker.ts';
import { hasCode, isAbsent, unlessAbsent } from '../../base/system-error.ts';
import { hasNoLinks, inFolder } from './durable.ts';

/** Files of earlier versions have no place, so their process can't be identified. */
export interface Holder extends Omit<Maker, 'place'> {
  readonly place?: string;
  /** For people. */
  readonly host: string;
  /** What the process does, for people. */
  readonly what?: string;
  /** The job of a cluster that the process belongs to. */
  readonly job?: string;
}

let ownJob: string | undefined;

/** The job of this process, as long as it has one. Its name must be unique. */
export function setOwnJob(name: string | undefined): void {
  ownJob = name;
}

/**
 * Whether an earlier process of the same job holds it. A cluster runs a job on one node at a time,
 * so that process has ended, or is about to be ended.
 */
export function isOfEarlierStart(holder: Holder): boolean {
  return ownJob !== undefined && holder.job === ownJob && !isOurs(holder);
}

export function thisHolder(what?: string): Holder {
  const job = ownJob;
  return { ...thisProcess(), host: hostname(), ...(what && { what }), ...(job && { job }) };
}

/** A holder file at one moment. */
export interface HolderFile {
  /** Undefined if the text is incomplete or can't be read. */
  readonly holder: Holder | undefined;
  /** When it was last written, in milliseconds by the clock of the file system. */
  readonly touched: number;
  readonly inode: number;
}

/**
 * Undefined if the file does not exist. The file is opened first, because a lookup by name may be answered
 * from the cache of a network file system.
 */
export function readHolderFile(path: string): HolderFile | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (problem) {
    if (isAbsent(problem)) return undefined;
    if (hasCode(problem, ...UNREADABLE)) return statHolderFile(path);
    throw problem;
  }
  try {
    const { mtimeMs: touched, ino: inode } = fstatSync(file);
    return { holder: parseHolder(readFileSync(file, 'utf8')), touched, inode };
  } catch (problem) {
    if (hasCode(problem, ...UNREADABLE)) return statHolderFile(path);
    throw problem;
  } finally {
    closeSync(file);
  }
}

/** The file exists, but this process may not read it, or it was replaced while it was read. */
const UNREADABLE = ['EACCES', 'EPERM', 'ESTALE'];

function statHolderFile(path: string): HolderFile | undefined {
  const status = unlessAbsent(() => statSync(path));
  return status && { holder: undefined, touched: status.mtimeMs, inode: status.ino };
}

export function parseHolder(text: string): Holder | undefined {
  const holder = parseJson(text) as Holder | null | undefined;
  const isComplete = Number.isInteger(holder?.pid) && typeof holder?.host === 'string';
  return isComplete ? (holder ?? undefined) : undefined;
}

/** Undefined if the file does not exist or does not name its holder. */
export function holderOf(path: string): Holder | undefined {
  return readHolderFile(path)?.holder;
}

export function makerOfHolder(holder: Holder | undefined): Maker | undefined {
  return holder?.place === undefined ? undefined : { ...holder, place: holder.place };
}

export function isOurs(holder: Holder): boolean {
  const maker = makerOfHolder(holder);
  return maker !== undefined && isThisProcess(maker);
}

/** Creates the file. False if it existed. */
export function tryAcquire(path: string, what?: string): boolean {
  return tryCreate(path, JSON.stringify(thisHolder(what)));
}

/** For a full disk: an empty file has no holder and is judged by its age alone. */
export function tryAcquireNameless(path: string): boolean {
  return tryCreate(path, '');
}

/** The file is empty for a moment, and stays empty if the process crashes at that moment. */
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

/**
 * Removes a file whose holder is gone. It is renamed first, so of several processes that see a dead holder
 * only one removes the file. A late process may take the file of a new holder, and then puts it back. If
 * that failed, a stage would be computed twice with the same result.
 */
export function removeAbandoned(path: string, { touched, inode }: HolderFile): void {
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
    if (hasNoLinks(problem)) {
      if (!unlessAbsent(() => statSync(path))) renameSync(aside, path);
    } else if (!hasCode(problem, 'EEXIST')) throw problem;
  }
}
