/**
 * Keeps runs and the collection of garbage apart: a run that may commit shows a marker, the collection
 * holds a lock.
 *
 * Each puts up its own sign first and only then looks for the other's, so that of two that come at once
 * at least one sees the other. A run gives way and waits; a collection refuses.
 */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { unlessAbsent } from '../../base/system-error.ts';
import { isFull, temporaryPath } from './durable.ts';
import { isProbe } from './file-clock.ts';
import {
  type Holder,
  holderOf,
  keepAlive,
  signAt,
  takeAway,
  thisHolder,
  tryTake,
  tryTakeNameless,
  whoGoesOn,
} from './holder.ts';
import type { Layout } from './layout.ts';

const RETRY_MS = 200;

/**
 * The run's side; resolves with the release. Where the signal aborts the wait there is no marker, and
 * nothing may be committed. Throws where the store can't be written.
 */
export async function showLive(
  layout: Layout,
  what: string,
  signal: AbortSignal,
  onWait: (gc: Holder | undefined) => void,
): Promise<() => void> {
  for (let told = false; !signal.aborted; told = true) {
    const release = showLiveNow(layout, what);
    if (release) return release;
    if (!told) onWait(holderOf(layout.gcLock));
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return () => undefined;
}

/** The release; undefined where a collection goes on. Throws where the store can't be written. */
export function showLiveNow(layout: Layout, what: string): (() => void) | undefined {
  const marker = putMarker(layout, what);
  try {
    if (!whoGoesOn(layout.gcLock)) return keepAlive(marker);
  } catch (problem) {
    rmSync(marker, { force: true });
    throw problem;
  }
  rmSync(marker, { force: true });
  return undefined;
}

/** A marker that is not whole yet has no holder, and is believed while it is young. */
function putMarker(layout: Layout, what: string): string {
  const path = temporaryPath(layout.live);
  try {
    writeFileSync(path, JSON.stringify(thisHolder(what)), { flag: 'wx' });
  } catch (problem) {
    rmSync(path, { force: true });
    throw problem;
  }
  return path;
}

/** The collection's side: the lock's release, or who stands in the way. */
export function holdAlone(layout: Layout): Result<() => void, readonly Holder[]> {
  mkdirSync(dirname(layout.gcLock), { recursive: true });
  while (!takeLock(layout.gcLock)) {
    const sign = signAt(layout.gcLock);
    const holder = whoGoesOn(layout.gcLock);
    if (holder) return fail([holder]);
    if (sign) takeAway(layout.gcLock, sign);
  }
  const release = keepAlive(layout.gcLock);
  let alone = false;
  try {
    const live = liveRuns(layout);
    alone = live.length === 0;
    return alone ? ok(release) : fail(live);
  } finally {
    if (!alone) release();
  }
}

/** Changes with each collection: what was found before may be gone. */
export function collections({ collected }: Layout): string {
  const status = unlessAbsent(() => statSync(collected, { bigint: true, throwIfNoEntry: false }));
  return status ? `${status.size} ${status.mtimeNs}` : '';
}

/** Before the first and after the last file that a collection takes. */
export function noteCollection({ collected }: Layout): void {
  try {
    // Its size tells two collections apart that the clock of the file system does not.
    appendFileSync(collected, '.');
  } catch (problem) {
    if (!isFull(problem)) throw problem;
    const now = new Date();
    unlessAbsent(() => utimesSync(collected, now, now));
  }
}

/** A full disk is what a collection is for. */
function takeLock(path: string): boolean {
  try {
    return tryTake(path, 'gc');
  } catch (problem) {
    if (isFull(problem)) return tryTakeNameless(path);
    throw problem;
  }
}

/** Who may commit now. A stage's lock counts too: its holder may be of a program without markers. */
export function liveRuns(layout: Layout): readonly Holder[] {
  const holders = new Map<string, Holder>();
  for (const folder of [layout.live, layout.locks]) {
    for (const name of signsIn(folder)) {
      const path = join(folder, name);
      const holder = whoGoesOn(path);
      if (!holder) continue;
      const id = `${holder.pid}@${holder.place ?? holder.host}`;
      if (!holders.has(id)) holders.set(id, holder);
    }
  }
  return [...holders.values()];
}

/** The signs of processes that are gone; what a collection may sweep. */
export function deadSigns(layout: Layout): readonly string[] {
  return [layout.live, layout.locks].flatMap((folder) =>
    signsIn(folder)
      .map((name) => join(folder, name))
      .filter((path) => !whoGoesOn(path)),
  );
}

function signsIn(folder: string): readonly string[] {
  const names = unlessAbsent(() => readdirSync(folder)) ?? [];
  return names.filter((name) => !isProbe(name));
}
