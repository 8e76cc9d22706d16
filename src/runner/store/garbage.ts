/**
 * Chooses which results and objects are removed. Pure. A result is everything that one record
 * names.
 *
 * A result is kept if something protects it, or while it is young. If the size of the store is
 * limited, the oldest unprotected results are removed too, until the rest fits.
 */
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';

/** Why a result is kept whatever its age is. */
export type Protection = 'pipeline' | 'latest' | 'named run' | 'orders' | 'lock';

export interface StoredResult {
  readonly key: StageKey;
  readonly stage: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** The size of the record itself. */
  readonly bytes: number;
  /**
   * Everything that the record names, including manifests. Undefined if a part of it is missing.
   */
  readonly objects: ReadonlySet<Digest> | undefined;
}

export interface Rules {
  readonly protection: ReadonlyMap<StageKey, Protection>;
  /** Results made after this time are kept. Milliseconds since the epoch. */
  readonly keepSince: number;
  readonly maxBytes: number;
}

export interface DroppedResult {
  readonly key: StageKey;
  readonly stage: string;
  readonly why: 'old' | 'not whole' | 'over the limit';
  /** The bytes that are removed with it. Shared objects count for the first dropped result. */
  readonly bytes: number;
}

export interface Choice {
  readonly kept: readonly StoredResult[];
  readonly dropped: readonly DroppedResult[];
  /** Objects that no kept result names. */
  readonly unreferenced: readonly Digest[];
  /** Objects that no result names, neither a kept nor a dropped one. */
  readonly orphaned: readonly Digest[];
  /** The size of the kept results and their objects. */
  readonly keptBytes: number;
}

export function chooseGarbage(
  results: readonly StoredResult[],
  sizes: ReadonlyMap<Digest, number>,
  { protection, keepSince, maxBytes }: Rules,
): Choice {
  const kept = new Set<StoredResult>();
  const going: { readonly result: StoredResult; readonly why: DroppedResult['why'] }[] = [];
  for (const result of results) {
    if (!result.objects) going.push({ result, why: 'not whole' });
    else if (protection.has(result.key) || result.made >= keepSince) kept.add(result);
    else going.push({ result, why: 'old' });
  }

  const uses = new Map<Digest, number>();
  let keptBytes = 0;
  for (const { objects, bytes } of kept) {
    keptBytes += bytes;
    for (const digest of objects ?? []) {
      const before = uses.get(digest) ?? 0;
      uses.set(digest, before + 1);
      if (before === 0) keptBytes += sizes.get(digest) ?? 0;
    }
  }
  const oldest = [...kept]
    .filter((result) => !protection.has(result.key))
    .sort((a, b) => a.made - b.made);
  for (const result of oldest) {
    if (keptBytes <= maxBytes) break;
    kept.delete(result);
    going.push({ result, why: 'over the limit' });
    keptBytes -= result.bytes;
    for (const digest of result.objects ?? []) {
      const left = uses.get(digest)! - 1;
      uses.set(digest, left);
      if (left === 0) keptBytes -= sizes.get(digest) ?? 0;
    }
  }

  const unreferenced = [...sizes.keys()].filter((digest) => !uses.get(digest));
  const unclaimed = new Set(unreferenced);
  const dropped = going.map(({ result: { key, stage, objects, bytes }, why }) => {
    let together = bytes;
    for (const digest of objects ?? []) {
      if (unclaimed.delete(digest)) together += sizes.get(digest) ?? 0;
    }
    return { key, stage, why, bytes: together };
  });
  return { kept: [...kept], dropped, unreferenced, orphaned: [...unclaimed], keptBytes };
}
