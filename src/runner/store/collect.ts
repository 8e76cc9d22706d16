/**
 * Garbage collection: reads the whole store, chooses what to remove, and removes it.
 *
 * Records are removed before the objects that they name. A crash in between leaves unreferenced
 * objects, but never a record of missing objects. The collection refuses to start while a run is
 * live.
 */
import { rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fail, ok, type Result } from '../../base/result.ts';
import { hasCode, isSystemError } from '../../base/system-error.ts';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { ActionCache, type ActionRecord } from './action-cache.ts';
import { readArtifact } from './artifact.ts';
import { timeInIfWritable } from './file-clock.ts';
import { atOnce } from './flushes.ts';
import { type Choice, chooseGarbage, type Protection, type StoredResult } from './garbage.ts';
import type { Holder } from './holder.ts';
import { type StoredFile, storedObjects, storedRecords } from './inventory.ts';
import type { Layout } from './layout.ts';
import { type Leftover, leftovers } from './leftovers.ts';
import { liveRuns, lockForCollection, noteCollection } from './live-run.ts';
import { ObjectStore } from './object-store.ts';
import { quarantine } from './quarantine.ts';

export interface CollectOptions {
  /** Results and leftovers that are younger are kept. Measured by the clock of the file system. */
  readonly keepMs: number;
  /** Infinity means no limit. */
  readonly maxBytes: number;
  /** Only chooses. Changes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface Collection extends Choice {
  /**
   * The number of kept results by the reason why they are kept. Young results have no other
   * protection.
   */
  readonly keptFor: Readonly<Record<Protection | 'young', number>>;
  /** Records that can't be read. They are moved to the damaged files. */
  readonly unreadable: readonly StageKey[];
  readonly orphanedBytes: number;
  readonly leftovers: readonly Leftover[];
  /** Everything that is removed, or would be. */
  readonly freedBytes: number;
  /** Live runs. Only a dry run can finish beside one. */
  readonly live: readonly Holder[];
  readonly interrupted: boolean;
}

export type Refusal =
  | { readonly kind: 'busy'; readonly holders: readonly Holder[] }
  /** Records of a newer program, which alone knows what they name. */
  | { readonly kind: 'unknown-records'; readonly count: number }
  /** A part of the store could not be read, so nothing is dropped. */
  | { readonly kind: 'unreadable'; readonly message: string }
  /** The disk refused a removal. The next collection continues. */
  | { readonly kind: 'unwritable'; readonly message: string };

/** `protect` is called when no run can change the store any more. */
export async function collectGarbage<E>(
  layout: Layout,
  protect: () => Result<ReadonlyMap<StageKey, Protection>, E>,
  options: CollectOptions,
): Promise<Result<Collection, Refusal | E>> {
  const look = (now: number): Result<Collection, Refusal | E> => {
    const protection = protect();
    return protection.ok ? survey(layout, protection.value, now, options) : protection;
  };
  if (options.dryRun) {
    return refusing(() => look(timeInIfWritable(layout.temporary) ?? Date.now()));
  }
  const alone = refusing(() => {
    const held = lockForCollection(layout);
    return held.ok ? held : fail({ kind: 'busy' as const, holders: held.error });
  });
  if (!alone.ok) return alone;
  try {
    // The lock was written just now.
    const surveyed = refusing(() => look(statSync(layout.gcLock).mtimeMs));
    if (!surveyed.ok) return surveyed;
    try {
      noteCollection(layout);
      const interrupted = await sweep(surveyed.value, layout, options.signal);
      noteCollection(layout);
      return ok({ ...surveyed.value, interrupted });
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return fail({ kind: 'unwritable', message: problem.message });
    }
  } finally {
    alone.value();
  }
}

function refusing<T, E>(act: () => Result<T, E>): Result<T, E | Refusal> {
  try {
    return act();
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    return fail({ kind: 'unreadable', message: problem.message });
  }
}

/**
 * `now` is the time by the clock of the file system. Throws if a part of the store can't be read.
 */
function survey(
  layout: Layout,
  protection: ReadonlyMap<StageKey, Protection>,
  now: number,
  { keepMs, maxBytes, dryRun }: CollectOptions,
): Result<Collection, Refusal> {
  const keepSince = now - keepMs;
  const sizes = new Map<Digest, number>();
  for (const { name, size } of storedObjects(layout)) sizes.set(name, size);
  const actions = new ActionCache(layout);
  const store = new ObjectStore(layout);
  const results: StoredResult[] = [];
  const unreadable: StageKey[] = [];
  let unknown = 0;
  for (const file of storedRecords(layout)) {
    const stored = actions.look(file.name);
    if (stored.kind === 'unreadable') throw stored.problem;
    if (stored.kind === 'whole') results.push(resultOf(stored.record, file, now, sizes, store));
    else if (stored.kind === 'newer') unknown++;
    else if (stored.kind === 'damaged') unreadable.push(file.name);
  }
  if (unknown > 0) return fail({ kind: 'unknown-records', count: unknown });

  const choice = chooseGarbage(results, sizes, { protection, keepSince, maxBytes });
  const keptFor = { pipeline: 0, latest: 0, 'named run': 0, orders: 0, lock: 0, young: 0 };
  for (const { key } of choice.kept) keptFor[protection.get(key) ?? 'young']++;
  const keys = new Set(results.filter(({ objects }) => objects).map(({ key }) => key));
  const left = leftovers(layout, (key) => keys.has(key), keepSince, protection);
  const orphanedBytes = sum(choice.orphaned.map((digest) => sizes.get(digest)!));
  const droppedBytes = sum(choice.dropped.map(({ bytes }) => bytes));
  return ok({
    ...choice,
    keptFor,
    unreadable,
    orphanedBytes,
    leftovers: left,
    // Unreadable records are moved, so they free nothing.
    freedBytes: orphanedBytes + droppedBytes + sum(left.map(({ bytes }) => bytes)),
    live: dryRun ? liveRuns(layout) : [],
    interrupted: false,
  });
}

function resultOf(
  { key, fingerprint, provenance, outputs }: ActionRecord,
  file: StoredFile<StageKey>,
  now: number,
  sizes: ReadonlyMap<Digest, number>,
  store: ObjectStore,
): StoredResult {
  const finished = Date.parse(provenance.finished);
  // A record that was copied here is as old as its file. A time in the future is ignored.
  const made = finished <= now ? Math.max(finished, file.changed) : file.changed;
  const about = { key, stage: provenance.stage, made, bytes: file.size };
  const objects = new Set<Digest>();
  // Keeps the manifests of the inputs, so a later difference can be shown file by file.
  for (const digest of Object.values(fingerprint.inputs).flat()) {
    if (sizes.has(digest)) objects.add(digest);
  }
  for (const digest of Object.values(outputs)) {
    const artifact = sizes.has(digest) ? readArtifact(digest, store) : undefined;
    if (!artifact) return { ...about, objects: undefined };
    objects.add(digest);
    for (const { digest, size } of artifact.files) {
      if (sizes.get(digest) !== size) return { ...about, objects: undefined };
      objects.add(digest);
    }
  }
  return { ...about, objects };
}

/** True if the signal stopped it. The next collection finds the rest. */
async function sweep(
  { dropped, unreadable, unreferenced, leftovers }: Collection,
  layout: Layout,
  signal: AbortSignal,
): Promise<boolean> {
  for (const key of unreadable) quarantine(layout.action(key), `${key}.json`, layout);
  const records = dropped.map(({ key }) => layout.action(key));
  const steps = [
    records,
    unreferenced.map((digest) => layout.object(digest)),
    leftovers.map(({ path }) => path),
  ];
  for (const paths of steps) {
    const folders = new Set<string>();
    for (const [at, path] of paths.entries()) {
      if (signal.aborted) return true;
      rmSync(path, { recursive: true, force: true });
      folders.add(dirname(path));
      // Lets the heartbeat of the lock and Ctrl-C take their turn.
      if (at % 100 === 99) await setImmediate();
    }
    // Even after a power cut, no record of removed objects may remain.
    if (paths === records) for (const folder of folders) atOnce.flush(folder);
    for (const folder of folders) removeEmpty(folder, layout);
  }
  return false;
}

function removeEmpty(folder: string, { objects, actions }: Layout): void {
  if (dirname(folder) !== objects && dirname(folder) !== actions) return;
  try {
    rmdirSync(folder);
  } catch (problem) {
    if (!hasCode(problem, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw problem;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
