/**
 * Which names of a sharded folder are there, for a process that asks for thousands at once.
 *
 * A shard that is asked for often is listed: one look instead of many. The answer may be a moment old;
 * whoever then needs the bytes finds out.
 */
import { readdirSync } from 'node:fs';
import { unlessAbsent } from '../../base/system-error.ts';
import { statusOf } from './inventory.ts';

/** A listing costs about as much as this many looks. */
const LOOKS = 6;

export class Presence {
  private readonly shards = new Map<string, { looks: number; names: Set<string> | undefined }>();

  /** `folder` is the shard's. Throws where it can't be looked at. */
  has(folder: string, name: string): boolean {
    let shard = this.shards.get(folder);
    if (!shard) {
      shard = { looks: 0, names: undefined };
      this.shards.set(folder, shard);
    }
    if (!shard.names && ++shard.looks > LOOKS) shard.names = namesIn(folder);
    // What came after the listing is there as well.
    return shard.names?.has(name) || statusOf(`${folder}/${name}`) !== undefined;
  }
}

/** Whether all of these are there, for a process that asks once. Throws where it can't be looked at. */
export function allThere(folder: string, names: readonly string[]): boolean {
  if (names.length <= LOOKS) return names.every((name) => statusOf(`${folder}/${name}`));
  const there = namesIn(folder);
  return names.every((name) => there.has(name));
}

function namesIn(folder: string): Set<string> {
  return new Set(unlessAbsent(() => readdirSync(folder)));
}
