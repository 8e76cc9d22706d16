/**
 * Which process made something: its pid, where that pid means this process, and when it started.
 *
 * A pid says nothing by itself. Two containers with one host name have the same pids, a machine that was
 * started again gives them out anew, and a pid is used again once its process has ended.
 */
import { hash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, platform } from 'node:os';
import { join } from 'node:path';
import { hasCode, isSystemError } from './system-error.ts';

export interface Maker {
  readonly pid: number;
  /** The host, its boot and the pid namespace: pids can be compared between processes with the same place. */
  readonly place: string;
  /** When the process started, where the system tells: a pid alone may belong to another process by now. */
  readonly started?: string;
}

let own: Maker | undefined;

export function thisProcess(): Maker {
  if (own) return own;
  const started = statusIn('/proc/self/stat')?.started;
  own = { pid: process.pid, place: placeOfThisProcess(), ...(started && { started }) };
  return own;
}

export function isThisProcess({ pid, place, started }: Maker): boolean {
  const me = thisProcess();
  return pid === me.pid && place === me.place && started === me.started;
}

/** Whether this process can tell by the pid whether the maker still runs. */
export function isKnowable({ place }: Maker): boolean {
  return place === thisProcess().place;
}

/** Whether it is known that its process has ended. False also where nothing is known. */
export function hasEnded(maker: Maker): boolean {
  if (!isKnowable(maker)) return false;
  if (!isAlive(maker.pid)) return true;
  const now = statusOf(maker.pid);
  if (!now) return false;
  // It keeps its pid until its parent asks how it ended, which some never do, as in a container.
  if (now.state === 'Z' || now.state === 'X') return true;
  const { started } = maker;
  return started !== undefined && now.started !== undefined && now.started !== started;
}

/** Makes names of one process differ, also after its pid and its start were used again. */
const unique = randomBytes(4).toString('hex');
let counter = 0;

/** A file name that no other process uses; `makerOf` reads from it who made it. */
export function ownName(): string {
  const { pid, place, started = '' } = thisProcess();
  return `${pid}@${place}-${started}-${unique}${counter++}`;
}

/** Undefined for a name of another form, such as one of an earlier version. */
export function makerOf(name: string): Maker | undefined {
  const [, pid, place, started] = /^(\d+)@([0-9a-f]{12})-(\d*)-[0-9a-f]+/.exec(name) ?? [];
  if (pid === undefined || place === undefined) return undefined;
  return { pid: Number(pid), place, ...(started && { started }) };
}

function placeOfThisProcess(): string {
  const place = JSON.stringify([hostname(), ...bootAndNamespace()]);
  return hash('sha256', place, 'hex').slice(0, 12);
}

/** Only Linux has them. Where it does not tell them, no other process can be known. */
function bootAndNamespace(): readonly string[] {
  if (platform() !== 'linux') return [];
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [boot, readlinkSync('/proc/self/ns/pid')];
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    return [randomBytes(8).toString('hex')];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    if (hasCode(problem, 'ESRCH')) return false;
    if (hasCode(problem, 'EPERM')) return true;
    throw problem;
  }
}

/** `/proc` may be that of another pid namespace, in which this pid is another process. */
function statusOf(pid: number): Status | undefined {
  return isOurProc() ? statusIn(join('/proc', String(pid), 'stat')) : undefined;
}

function isOurProc(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch (problem) {
    if (isSystemError(problem)) return false;
    throw problem;
  }
}

interface Status {
  /** A letter. */
  readonly state: string | undefined;
  /** In ticks since the machine started. */
  readonly started: string | undefined;
}

/** Linux tells it; the name before it may hold anything. */
function statusIn(path: string): Status | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19] };
  } catch (problem) {
    if (isSystemError(problem)) return undefined;
    throw problem;
  }
}
