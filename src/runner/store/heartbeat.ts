/**
 * Heartbeats: a live process writes to its holder files again and again, so that processes on other
 * machines can see that it is alive.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { unlessRefused } from '../../base/system-error.ts';
import { fileAt } from './file-stamp.ts';
import { isOurs, parseHolder, readHolderFile } from './holder.ts';

export const HEARTBEAT_MS = 5_000;

interface Heartbeat {
  readonly path: string;
  readonly inode: number | undefined;
  last: number;
}

const heartbeats = new Set<Heartbeat>();

/** Starts the heartbeat of a file. The returned release stops it and removes the file. */
export function keepAlive(path: string): () => void {
  const heartbeat: Heartbeat = { path, inode: fileAt(path)?.ino, last: performance.now() };
  heartbeats.add(heartbeat);
  const timer = setInterval(() => beat(heartbeat), HEARTBEAT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    heartbeats.delete(heartbeat);
    // If it stays, others see after the end of this process that it is abandoned.
    unlessRefused(() => {
      const file = readHolderFile(path);
      const ours = file?.holder ? isOurs(file.holder) : file?.inode === heartbeat.inode;
      if (ours) unlinkSync(path);
    });
  };
}

/** For work that blocks timers for long, such as reading a file of many gigabytes. */
export function beatIfDue(): void {
  const now = performance.now();
  for (const heartbeat of heartbeats) if (now - heartbeat.last >= HEARTBEAT_MS) beat(heartbeat);
}

/**
 * Writes the same text again, so that the file system sets the time by its own clock. If another process
 * has taken the file over while this one was stopped, both commit the same content.
 */
function beat(heartbeat: Heartbeat): void {
  heartbeat.last = performance.now();
  const { path, inode } = heartbeat;
  // If it fails, the next heartbeat tries again.
  unlessRefused(() => {
    const file = openSync(path, 'r+');
    try {
      const text = readFileSync(file, 'utf8');
      const holder = parseHolder(text);
      if (holder && isOurs(holder)) writeSync(file, text, 0);
      else if (text === '' && fstatSync(file).ino === inode) ftruncateSync(file, 0);
    } finally {
      closeSync(file);
    }
  });
}
