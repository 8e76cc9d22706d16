/**
 * Makes runs and garbage collection exclude each other. A run that may commit has a marker. A
 * collection holds a lock.
 *
 * Each writes its own file first and then looks for the other's. So if both start at the same time,
 * at least one of them sees the other. A run waits; a collection refuses.
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
import { keepAlive } from './heartbeat.ts';
import {
  type Holder,
  holderOf,
  readHolderFile,
  removeAbandoned,
  thisHolder,
  tryAcquire,
  tryAcquireNameless,
} from './holder.ts';
import type { Layout } from './layout.ts';
import { activeHolder } from './liveness.ts';

const RETRY_MS = 200;

/**
 * Registers a run. Resolves with the release. If the signal aborts the wait, there is no marker and
 * nothing may be committed. Throws if the store can't be written.
 */
export async function registerRun(
  layout: Layout,
  what: string,
  signal: AbortSignal,
  onWait: (gc: Holder | undefined) => void,
): Promise<() => void> {
  for (let reported = false; !signal.aborted; reported = true) {
    const release = tryRegisterRun(layout, what);
    if (release) return release;
    if (!reported) onWait(holderOf(layout.gcLock));
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return () => undefined;
}

/**
 * Returns the release, or undefined if a collection is running. Throws if the store can't be
 * written.
 */
export function tryRegisterRun(layout: Layout, what: string): (() => void) | undefined {
  const marker = putMarker(layout, what);
  try {
    if (!activeHolder(layout.gcLock)) return keepAlive(marker);
  } catch (problem) {
    rmSync(marker, { force: true });
    throw problem;
  }
  rmSync(marker, { force: true });
  return undefined;
}

/** A marker that is not completely written yet has no holder. It counts while it is young. */
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

/** Takes the lock of the collection. Fails with the processes that prevent it. */
export function lockForCollection(layout: Layout): Result<() => void, readonly Holder[]> {
  mkdirSync(dirname(layout.gcLock), { recursive: true });
  while (!takeLock(layout.gcLock)) {
    const file = readHolderFile(layout.gcLock);
    const holder = activeHolder(layout.gcLock);
    if (holder) return fail([holder]);
    if (file) removeAbandoned(layout.gcLock, file);
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

/** Changes with each collection, after which files that were found before may be gone. */
export function collectionStamp({ collected }: Layout): string {
  const status = unlessAbsent(() => statSync(collected, { bigint: true, throwIfNoEntry: false }));
  return status ? `${status.size} ${status.mtimeNs}` : '';
}

/** Called before the first and after the last file that a collection removes. */
export function noteCollection({ collected }: Layout): void {
  try {
    // The size distinguishes two collections within one tick of the file system clock.
    appendFileSync(collected, '.');
  } catch (problem) {
    if (!isFull(problem)) throw problem;
    const now = new Date();
    unlessAbsent(() => utimesSync(collected, now, now));
  }
}

/** A collection must also work on a full disk. */
function takeLock(path: string): boolean {
  try {
    return tryAcquire(path, 'gc');
  } catch (problem) {
    if (isFull(problem)) return tryAcquireNameless(path);
    throw problem;
  }
}

/**
 * The processes that may commit now. A lock of a stage counts too, because programs of earlier
 * versions write no markers.
 */
export function liveRuns(layout: Layout): readonly Holder[] {
  const holders = new Map<string, Holder>();
  for (const folder of [layout.live, layout.locks]) {
    for (const name of markersIn(folder)) {
      const path = join(folder, name);
      const holder = activeHolder(path);
      if (!holder) continue;
      const id = `${holder.pid}@${holder.place ?? holder.host}`;
      if (!holders.has(id)) holders.set(id, holder);
    }
  }
  return [...holders.values()];
}

/** The ids of the runs that are in progress. One of its jobs on a cluster is enough. */
export function liveRunIds(layout: Layout): ReadonlySet<string> {
  return idsOf(liveRuns(layout));
}

/** The ids of the runs whose own process is alive. */
export function liveHeadIds(layout: Layout): ReadonlySet<string> {
  return idsOf(liveRuns(layout).filter(({ job }) => job === undefined));
}

function idsOf(holders: readonly Holder[]): ReadonlySet<string> {
  return new Set(holders.flatMap(({ what }) => what?.replace(/^run /, '') ?? []));
}

/** Markers and locks of processes that have ended. A collection may remove them. */
export function abandonedMarkers(layout: Layout): readonly string[] {
  return [layout.live, layout.locks].flatMap((folder) =>
    markersIn(folder)
      .map((name) => join(folder, name))
      .filter((path) => !activeHolder(path)),
  );
}

function markersIn(folder: string): readonly string[] {
  const names = unlessAbsent(() => readdirSync(folder)) ?? [];
  return names.filter((name) => !isProbe(name));
}
