/**
 * Keeps runs and the collection of garbage apart: a run that may commit shows a marker, the collection
 * holds a lock.
 *
 * Each puts up its own sign first and only then looks for the other's, so that of two that come at once
 * at least one sees the other. A run gives way and waits; a collection refuses.
 */
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../result.ts';
import { isFull, temporaryPath } from './durable.ts';
import {
  type Holder,
  holderOf,
  keepAlive,
  mayGoOn,
  takeAway,
  thisHolder,
  tryTake,
  tryTakeNameless,
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
  if (!mayGoOn(layout.gcLock)) return keepAlive(marker);
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
    if (mayGoOn(layout.gcLock)) return fail([holderOf(layout.gcLock) ?? NOBODY]);
    takeAway(layout.gcLock);
  }
  const release = keepAlive(layout.gcLock);
  const live = liveRuns(layout);
  if (live.length === 0) return ok(release);
  release();
  return fail(live);
}

/** Changes with each collection: what was found before may be gone. */
export function collections({ collected }: Layout): string {
  return String(statSync(collected, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? '');
}

/** Before the first and after the last file that a collection takes. */
export function noteCollection({ collected }: Layout): void {
  try {
    writeFileSync(collected, '');
    utimesSync(collected, new Date(), new Date());
  } catch (problem) {
    if (!isFull(problem)) throw problem;
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
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (!mayGoOn(path)) continue;
      const holder = holderOf(path) ?? NOBODY;
      const id = `${holder.pid}@${holder.host}`;
      if (!holders.has(id)) holders.set(id, holder);
    }
  }
  return [...holders.values()];
}

/** The signs of processes that are gone; what a collection may sweep. */
export function deadSigns(layout: Layout): readonly string[] {
  return [layout.live, layout.locks].flatMap((folder) =>
    namesIn(folder)
      .map((name) => join(folder, name))
      .filter((path) => !mayGoOn(path)),
  );
}

/** A sign that can't be read, but is young. */
const NOBODY: Holder = { pid: 0, host: 'unknown' };

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
