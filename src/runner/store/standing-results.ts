/**
 * What of the results of many stages has to be on the disk for a run to make none of them again, written
 * so that it is looked at quickly: records and objects by the folder that they lie in, and the files that
 * people see.
 *
 * It asks for no more and no less than a run that decides stage by stage does.
 */
import { type Digest, digestOf } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { ActionCache } from './action-cache.ts';
import { isWhole } from './artifact.ts';
import { type LatestIndex, readLatestIndex, sameOutputs } from './latest-index.ts';
import { isShownWhole, isThere, shownFiles } from './latest-tree.ts';
import type { Layout } from './layout.ts';
import { ObjectStore } from './object-store.ts';
import { allThere } from './presence.ts';

export interface StandingResults {
  /** Of the index: with another text another result may be the newest. */
  readonly index: Digest;
  /** Beginning of a digest -> the rest of those that are there, for records and for objects. */
  readonly records: Shards;
  readonly objects: Shards;
  /** Path below `latest/`, size, and so on. */
  readonly shown: readonly (string | number)[];
  /** Results of more files than the index lists: their records say what must be there. */
  readonly wide: readonly WideResult[];
}

type Shards = Readonly<Record<string, readonly string[]>>;

interface WideResult extends ShownStage {
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
}

export interface ShownStage {
  readonly id: string;
  /** Relative to `latest/`. */
  readonly folder: string;
}

/** After a run of all of them that ended well; undefined where one is not known all the same. */
export function noteResults(
  stages: readonly ShownStage[],
  latest: LatestIndex,
): StandingResults | undefined {
  const records = new Map<string, Set<string>>();
  const objects = new Map<string, Set<string>>();
  const shown: (string | number)[] = [];
  const wide: WideResult[] = [];
  for (const { id, folder } of stages) {
    const entry = latest.get(id);
    if (!entry) return undefined;
    const { key, outputs, files } = entry;
    if (!files) {
      wide.push({ id, folder, key, outputs });
      continue;
    }
    add(records, key, '.json');
    for (const digest of Object.values(outputs)) add(objects, digest);
    for (const file of Object.values(files).flat()) add(objects, file.digest);
    for (const { path, size } of shownFiles(folder, files)) shown.push(path, size);
  }
  return { index: latest.digest(), records: plain(records), objects: plain(objects), shown, wide };
}

/** Whether all of it is still so. */
export function stillStand(
  { index, records, objects, shown, wide }: StandingResults,
  layout: Layout,
): boolean {
  if (digestOf(readLatestIndex(layout)) !== index) return false;
  for (const shard in records) {
    if (!allThere(layout.actionShard(shard), records[shard]!)) return false;
  }
  for (const shard in objects) {
    if (!allThere(layout.objectShard(shard), objects[shard]!)) return false;
  }
  for (let i = 0; i < shown.length; i += 2) {
    if (!isThere(`${layout.latest}/${shown[i]}`, Number(shown[i + 1]))) return false;
  }
  if (wide.length === 0) return true;
  const [actions, store] = [new ActionCache(layout), new ObjectStore(layout)];
  return wide.every(({ folder, key, outputs }) => {
    const record = actions.get(key);
    if (!record || !sameOutputs(record.outputs, outputs) || !isWhole(record, store)) return false;
    return isShownWhole(folder, outputs, layout, store);
  });
}

function add(shards: Map<string, Set<string>>, digest: Digest, end = ''): void {
  const shard = digest.slice(0, 2);
  const names = shards.get(shard) ?? new Set();
  shards.set(shard, names.add(digest.slice(2) + end));
}

function plain(shards: ReadonlyMap<string, ReadonlySet<string>>): Shards {
  return Object.fromEntries([...shards].map(([shard, names]) => [shard, [...names]]));
}
