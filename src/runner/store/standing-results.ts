/**
 * What of the results of many stages has to be on the disk for a run to make none of them again, written
 * so that it is looked at quickly: records and objects by the folder that they lie in, and the files that
 * people see.
 *
 * It asks for no more and no less than a run that decides stage by stage does. Stages are numbers: places
 * in the pipeline's order.
 */
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { ActionCache } from './action-cache.ts';
import { isWhole } from './artifact.ts';
import { type IndexExtent, type LatestIndex, sameOutputs } from './latest-index.ts';
import { isShownWhole, isThere, shownFiles } from './latest-tree.ts';
import type { Layout } from './layout.ts';
import { ObjectStore } from './object-store.ts';
import { allThere } from './presence.ts';

export interface StandingResults {
  /** What comes after it in the index tells of newer results. */
  readonly index: IndexExtent;
  /** Beginning of a digest -> the rest of those that are there, for records and for objects. */
  readonly records: Shards;
  readonly objects: Shards;
  /** By stage: path below `latest/`, size, and so on. */
  readonly shown: readonly (readonly (string | number)[])[];
  /** Results of more files than the index lists: their records say what must be there. */
  readonly wide: readonly WideResult[];
}

type Shards = Readonly<Record<string, readonly string[]>>;

interface WideResult {
  readonly stage: number;
  readonly folder: string;
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
}

export interface ShownStage {
  readonly id: string;
  /** Relative to `latest/`. */
  readonly folder: string;
}

/**
 * After a run of these stages that ended well; what is known of `others` still holds. Undefined where one
 * is not known all the same.
 */
export function noteResults(
  stages: ReadonlyMap<number, ShownStage>,
  latest: LatestIndex,
  others?: StandingResults,
): StandingResults | undefined {
  const records = setsOf(others?.records);
  const objects = setsOf(others?.objects);
  const shown = [...(others?.shown ?? [])];
  const wide = (others?.wide ?? []).filter(({ stage }) => !stages.has(stage));
  for (const [stage, { id, folder }] of stages) {
    const entry = latest.get(id);
    if (!entry) return undefined;
    const { key, outputs, files } = entry;
    shown[stage] = files ? shownFiles(folder, files).flatMap(({ path, size }) => [path, size]) : [];
    if (!files) {
      wide.push({ stage, folder, key, outputs });
      continue;
    }
    add(records, key, '.json');
    for (const digest of Object.values(outputs)) add(objects, digest);
    for (const file of Object.values(files).flat()) add(objects, file.digest);
  }
  return { index: latest.extent(), records: plain(records), objects: plain(objects), shown, wide };
}

/** Whether all of it is still so, but for what is shown of the stages that are `open`. */
export function stillStand(
  { records, objects, shown, wide }: Omit<StandingResults, 'index'>,
  open: ReadonlySet<number>,
  layout: Layout,
): boolean {
  for (const shard in records) {
    if (!allThere(layout.actionShard(shard), records[shard]!)) return false;
  }
  for (const shard in objects) {
    if (!allThere(layout.objectShard(shard), objects[shard]!)) return false;
  }
  for (const [stage, files] of shown.entries()) {
    if (open.has(stage)) continue;
    for (let i = 0; i < files.length; i += 2) {
      if (!isThere(`${layout.latest}/${files[i]}`, Number(files[i + 1]))) return false;
    }
  }
  const others = wide.filter(({ stage }) => !open.has(stage));
  if (others.length === 0) return true;
  const [actions, store] = [new ActionCache(layout), new ObjectStore(layout)];
  return others.every(({ folder, key, outputs }) => {
    const record = actions.get(key);
    if (!record || !sameOutputs(record.outputs, outputs) || !isWhole(record, store)) return false;
    return isShownWhole(folder, outputs, layout, store);
  });
}

function setsOf(shards: Shards = {}): Map<string, Set<string>> {
  return new Map(Object.entries(shards).map(([shard, names]) => [shard, new Set(names)]));
}

function add(shards: Map<string, Set<string>>, digest: Digest, end = ''): void {
  const shard = digest.slice(0, 2);
  const names = shards.get(shard) ?? new Set();
  shards.set(shard, names.add(digest.slice(2) + end));
}

function plain(shards: ReadonlyMap<string, ReadonlySet<string>>): Shards {
  return Object.fromEntries([...shards].map(([shard, names]) => [shard, [...names]]));
}
