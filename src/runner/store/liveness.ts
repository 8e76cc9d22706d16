/**
 * Decides whether the holder of a file is alive.
 *
 * If the holder's process can be identified from here, its pid says whether it has ended. Any other holder,
 * on another machine or in another container, is alive while its heartbeat continues. Silence is measured
 * by the clock of the file system.
 */
import { dirname } from 'node:path';
import { hasEnded, isKnowable } from '../../base/maker.ts';
import { timeInIfWritable } from './file-clock.ts';
import { HEARTBEAT_MS } from './heartbeat.ts';
import {
  type Holder,
  type HolderFile,
  isOfEarlierStart,
  makerOfHolder,
  readHolderFile,
} from './holder.ts';

const SILENT_MS = 60_000;

/** A waiting process watches a file for this long before it trusts its age, because a clock may jump. */
const WATCHED_MS = 2 * HEARTBEAT_MS;

/** Whether the holder's process is known to have ended. */
function isDead(holder: Holder | undefined): boolean {
  if (holder && isOfEarlierStart(holder)) return true;
  const maker = makerOfHolder(holder);
  return maker !== undefined && hasEnded(maker);
}

/** Whether the last heartbeat is too old. False if the time can't be measured. */
function isSilent(path: string, touched: number): boolean {
  const now = timeInIfWritable(dirname(path));
  return now !== undefined && now - touched > SILENT_MS;
}

/** Watches a holder file until it is abandoned. */
export class AbandonmentWatch {
  private readonly path: string;
  private seen:
    | { readonly touched: number; readonly inode: number; readonly since: number }
    | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The file, if its holder has ended or was silent for too long, so that the file may be removed. A live
   * process counts as silent too, because it may be suspended.
   */
  abandoned(): HolderFile | undefined {
    const file = readHolderFile(this.path);
    if (!file || isDead(file.holder)) return file;
    const { touched, inode } = file;
    const now = performance.now();
    if (this.seen?.touched !== touched || this.seen.inode !== inode) {
      this.seen = { touched, inode, since: now };
    }
    const watched = now - this.seen.since >= WATCHED_MS;
    return watched && isSilent(this.path, touched) ? file : undefined;
  }
}

/**
 * The holder, if its process may still continue its work. A process that can be identified may be suspended
 * for long and then continue (Ctrl-Z, a closed laptop), so it counts as long as it lives.
 */
export function activeHolder(path: string): Holder | undefined {
  const file = readHolderFile(path);
  if (!file || isDead(file.holder)) return undefined;
  const maker = makerOfHolder(file.holder);
  const isIdentified = maker?.started !== undefined && isKnowable(maker);
  return isIdentified || !isSilent(path, file.touched) ? (file.holder ?? UNKNOWN) : undefined;
}

/** The holder of a file that does not name one. */
const UNKNOWN: Holder = { pid: 0, host: 'unknown' };
