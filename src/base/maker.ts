/**
 * Identifies the process that made something: its pid, the place where the pid is valid, and the start time.
 *
 * A pid alone is not enough. Two containers can have the same host name and the same pids, and pids are reused after a
 * reboot and after a process has ended.
 */
import { hash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, platform } from 'node:os';
import { join } from 'node:path';
import { hasCode, unlessRefused } from './system-error.ts';

export interface Maker {
  readonly pid: number;
  /** The host, its boot and the pid namespace: pids can only be compared within the same place. */
  readonly place: string;
  /** When the process started, if the system reports it. Another process may have the pid by now. */
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

/** Whether this process can find out by the pid if the maker still runs. */
export function isKnowable({ place }: Maker): boolean {
  return place === thisProcess().place;
}

/** Whether the process is known to have ended. False if nothing is known. */
export function hasEnded(maker: Maker): boolean {
  if (!isKnowable(maker)) return false;
  if (!isAlive(maker.pid)) return true;
  const now = statusOf(maker.pid);
  if (!now) return false;
  // A zombie keeps its pid until its parent waits for it. Some parents never do, such as in a container.
  if (now.state === 'Z' || now.state === 'X') return true;
  const { started } = maker;
  return started !== undefined && now.started !== undefined && now.started !== started;
}

/** Keeps names distinct even if another process gets the same pid and start time. */
const unique = randomBytes(4).toString('hex');
let counter = 0;

/** A file name that no other process uses. `makerOf` reads the maker from it. */
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

/** Only Linux has them. If they can't be read, the place matches no other process. */
function bootAndNamespace(): readonly string[] {
  if (platform() !== 'linux') return [];
  const found = unlessRefused(() => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [boot, readlinkSync('/proc/self/ns/pid')];
  });
  return found ?? [randomBytes(8).toString('hex')];
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

/** `/proc` may belong to another pid namespace, in which this pid is another process. */
function statusOf(pid: number): Status | undefined {
  return isOurProc() ? statusIn(join('/proc', String(pid), 'stat')) : undefined;
}

function isOurProc(): boolean {
  return unlessRefused(() => readlinkSync('/proc/self')) === String(process.pid);
}

interface Status {
  /** One letter, such as `R` (running) or `Z` (zombie). */
  readonly state: string | undefined;
  /** In clock ticks since boot. */
  readonly started: string | undefined;
}

/** Only on Linux. The process name before these fields may contain any characters. */
function statusIn(path: string): Status | undefined {
  const text = unlessRefused(() => readFileSync(path, 'utf8'));
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], started: fields[19] };
}
