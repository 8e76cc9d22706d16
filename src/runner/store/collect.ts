/**
 * The collection of garbage: looks at the whole store, chooses what goes, and takes it away.
 *
 * Records go before the objects that they name, so that a crash in between leaves bytes that nobody
 * names and never a record of bytes that are gone. It runs alone: beside a run it refuses.
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
import { holdAlone, liveRuns, noteCollection } from './live-run.ts';
import { ObjectStore } from './object-store.ts';
import { moveAside } from './quarantine.ts';

export interface CollectOptions {
  /** Results that are younger stay, and traces of work; by the clock of the file system. */
  readonly keepMs: number;
  /** Infinity where there is no limit. */
  readonly maxBytes: number;
  /** Looks and chooses, and changes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface Collection extends Choice {
  /** Kept results by why they stay; the young ones are those that nothing protects. */
  readonly keptFor: Readonly<Record<Protection | 'young', number>>;
  /** Records that can't be read; moved aside, with the damaged files. */
  readonly unreadable: readonly StageKey[];
  readonly nobodysBytes: number;
  readonly leftovers: readonly Leftover[];
  /** All that goes, or would. */
  readonly freedBytes: number;
  /** Runs that go on; only a dry run comes to an end beside one. */
  readonly live: readonly Holder[];
  readonly interrupted: boolean;
}

export type Refusal =
  | { readonly kind: 'busy'; readonly holders: readonly Holder[] }
  /** Of a later program, which alone knows what they name. */
  | { readonly kind: 'unknown-records'; readonly count: number }
  /** A part of the store could not be read, so nothing is dropped. */
  | { readonly kind: 'unreadable'; readonly message: string }
  /** The disk did not let it; the next collection goes on. */
  | { readonly kind: 'unwritable'; readonly message: string };

/** `protect` is called once no run can change the store. */
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
    const held = holdAlone(layout);
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

/** `now` is by the clock of the file system. Throws where part of the store can't be read. */
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
  const keptFor = { pipeline: 0, latest: 0, 'named run': 0, lock: 0, young: 0 };
  for (const { key } of choice.kept) keptFor[protection.get(key) ?? 'young']++;
  const keys = new Set(results.filter(({ objects }) => objects).map(({ key }) => key));
  const left = leftovers(layout, (key) => keys.has(key), keepSince, protection);
  const nobodysBytes = sum(choice.nobodys.map((digest) => sizes.get(digest)!));
  const droppedBytes = sum(choice.dropped.map(({ bytes }) => bytes));
  return ok({
    ...choice,
    keptFor,
    unreadable,
    nobodysBytes,
    leftovers: left,
    // What can't be read is moved, not freed.
    freedBytes: nobodysBytes + droppedBytes + sum(left.map(({ bytes }) => bytes)),
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
  // A record that came from elsewhere is as young as its arrival. A clock that was ahead is not believed.
  const made = finished <= now ? Math.max(finished, file.changed) : file.changed;
  const about = { key, stage: provenance.stage, made, bytes: file.size };
  const objects = new Set<Digest>();
  // The lists of files of its inputs: a later difference is told by them, file by file.
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

/** True where the signal stopped it; what is left is found again by the next one. */
async function sweep(
  { dropped, unreadable, loose, leftovers }: Collection,
  layout: Layout,
  signal: AbortSignal,
): Promise<boolean> {
  for (const key of unreadable) moveAside(layout.action(key), `${key}.json`, layout);
  const records = dropped.map(({ key }) => layout.action(key));
  const steps = [
    records,
    loose.map((digest) => layout.object(digest)),
    leftovers.map(({ path }) => path),
  ];
  for (const paths of steps) {
    const folders = new Set<string>();
    for (const [at, path] of paths.entries()) {
      if (signal.aborted) return true;
      rmSync(path, { recursive: true, force: true });
      folders.add(dirname(path));
      // The heartbeat of the lock and a Ctrl-C must get their turn.
      if (at % 100 === 99) await setImmediate();
    }
    // Also after the machine itself went down no record may be left of bytes that are gone.
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
