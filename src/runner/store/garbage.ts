/**
 * Which results go and which objects with them; pure. A result is what one record names.
 *
 * A result stays where something protects it, or while it is young. Where there is a limit to the bytes
 * that stay, the oldest of those that nothing protects go too, until the rest fits.
 */
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';

/** Why a result stays whatever its age. */
export type Protection = 'pipeline' | 'latest' | 'named run' | 'lock';

export interface StoredResult {
  readonly key: StageKey;
  readonly stage: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** Of the record itself. */
  readonly bytes: number;
  /** Everything that it names, manifests too; undefined where a part of it is gone. */
  readonly objects: ReadonlySet<Digest> | undefined;
}

export interface Rules {
  readonly protection: ReadonlyMap<StageKey, Protection>;
  /** Results made since then stay, in milliseconds since the epoch. */
  readonly keepSince: number;
  readonly maxBytes: number;
}

export interface DroppedResult {
  readonly key: StageKey;
  readonly stage: string;
  readonly why: 'old' | 'not whole' | 'over the limit';
  /** What goes with it: of what several dropped ones share, the first one's. */
  readonly bytes: number;
}

export interface Choice {
  readonly kept: readonly StoredResult[];
  readonly dropped: readonly DroppedResult[];
  /** Objects that no kept result names, those of dropped ones and those of nobody. */
  readonly loose: readonly Digest[];
  /** Those of them that no dropped result names either. */
  readonly nobodys: readonly Digest[];
  /** Of the kept results with their objects. */
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

  const loose = [...sizes.keys()].filter((digest) => !uses.get(digest));
  const unclaimed = new Set(loose);
  const dropped = going.map(({ result: { key, stage, objects, bytes }, why }) => {
    let together = bytes;
    for (const digest of objects ?? []) {
      if (unclaimed.delete(digest)) together += sizes.get(digest) ?? 0;
    }
    return { key, stage, why, bytes: together };
  });
  return { kept: [...kept], dropped, loose, nobodys: [...unclaimed], keptBytes };
}
