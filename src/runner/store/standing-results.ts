/**
 * What of the results of many stages has to be on the disk for a run to make none of them again, written
 * so that it is looked at quickly: records and objects by the folder that they lie in, and the files that
 * people see, each with what a stat says of it.
 *
 * It asks for no more and no less than a run that decides stage by stage does. Stages are numbers: places
 * in the pipeline's order.
 */
import type { ActionCache } from './action-cache.ts';
import { filesByPort } from './artifact.ts';
import { fileAt, partsOf } from './file-stamp.ts';
import type { IndexExtent, LatestIndex } from './latest-index.ts';
import { NOTE } from './latest-note.ts';
import { isShownSince, shownFiles } from './latest-tree.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';

export interface StandingResults {
  /** What comes after it in the index tells of newer results. */
  readonly index: IndexExtent;
  readonly records: Shards;
  readonly objects: Shards;
  /** By stage: path below `latest/`, size, time of its last write, and so on. */
  readonly shown: readonly (readonly (string | number)[])[];
}

/** Beginning of a digest -> the rest, and the parts of the file's stamp, and so on. */
type Shards = Readonly<Record<string, readonly (string | number)[]>>;

export interface ShownStage {
  readonly id: string;
  /** Relative to `latest/`. */
  readonly folder: string;
}

/** What knows the results of this run, and the stamps of their files. */
export interface KnownResults {
  readonly latest: LatestIndex;
  readonly actions: ActionCache;
  readonly store: ObjectStore;
}

/**
 * After a run of these stages that ended well; what is known of `others` still holds. Undefined where one
 * is not known all the same.
 */
export function noteResults(
  stages: ReadonlyMap<number, ShownStage>,
  { latest, actions, store }: KnownResults,
  layout: Layout,
  others?: StandingResults,
): StandingResults | undefined {
  const records = stampsOf(others?.records);
  const objects = stampsOf(others?.objects);
  const shown = [...(others?.shown ?? [])];
  for (const [stage, { id, folder }] of stages) {
    const entry = latest.get(id);
    const files = entry && (entry.files ?? filesByPort(entry.outputs, store));
    if (!files) return undefined;
    const record = actions.stampOf(entry.key, entry.outputs);
    if (record === undefined) return undefined;
    add(records, `${entry.key}.json`, partsOf(record));
    const digests = Object.values(files).flatMap((some) => some.map(({ digest }) => digest));
    for (const digest of [...Object.values(entry.outputs), ...digests]) {
      const stamp = store.stampOf(digest);
      if (stamp === undefined) return undefined;
      add(objects, digest, partsOf(stamp));
    }
    shown[stage] = shownFiles(folder, files).flatMap(({ path, digest, size }) => {
      return [path, size, partsOf(store.stampOf(digest)!)[1]];
    });
    if (!entry.files) shown[stage] = [...shown[stage], ...statOfNote(folder, layout)];
  }
  return { index: latest.extent(), records: plain(records), objects: plain(objects), shown };
}

/** Whether all of it is still so, but for what is shown of the stages that are `open`. */
export function stillStand(
  { records, objects, shown }: Omit<StandingResults, 'index'>,
  open: ReadonlySet<number>,
  layout: Layout,
): boolean {
  for (const shard in records) {
    if (!allStand(layout.actionShard(shard), records[shard]!)) return false;
  }
  for (const shard in objects) {
    if (!allStand(layout.objectShard(shard), objects[shard]!)) return false;
  }
  for (const [stage, files] of shown.entries()) {
    if (open.has(stage)) continue;
    for (let i = 0; i < files.length; i += 3) {
      const path = `${layout.latest}/${files[i]}`;
      if (!isShownSince(path, Number(files[i + 1]), Number(files[i + 2]))) return false;
    }
  }
  return true;
}

/** What is shown of many files is about to change without the index being told: then its note says so. */
function statOfNote(folder: string, layout: Layout): readonly (string | number)[] {
  const path = `${folder}/${NOTE}`;
  const note = fileAt(`${layout.latest}/${path}`);
  return note ? [path, note.size, note.mtimeMs] : [];
}

function allStand(folder: string, stamped: Shards[string]): boolean {
  for (let i = 0; i < stamped.length; i += 4) {
    const file = fileAt(`${folder}/${stamped[i]}`);
    // Numbers: to make the text of a stamp takes as long again as the stat.
    const same =
      file?.mtimeMs === stamped[i + 2] &&
      file?.size === stamped[i + 1] &&
      file?.ino === stamped[i + 3];
    if (!same) return false;
  }
  return true;
}

type Stamps = Map<string, Map<string, readonly number[]>>;

function stampsOf(shards: Shards = {}): Stamps {
  const stamps: Stamps = new Map();
  for (const [shard, stamped] of Object.entries(shards)) {
    for (let i = 0; i < stamped.length; i += 4) {
      add(stamps, shard + stamped[i], stamped.slice(i + 1, i + 4) as number[]);
    }
  }
  return stamps;
}

function add(shards: Stamps, name: string, stamp: readonly number[]): void {
  const shard = name.slice(0, 2);
  let names = shards.get(shard);
  if (!names) {
    names = new Map();
    shards.set(shard, names);
  }
  names.set(name.slice(2), stamp);
}

function plain(shards: Stamps): Shards {
  return Object.fromEntries(
    [...shards].map(([shard, names]) => [
      shard,
      [...names].flatMap(([name, stamp]) => [name, ...stamp]),
    ]),
  );
}
