/** The local store as a cache: an index of the newest results, records by key, and objects by digest. */
import type { StageKey } from '../key/fingerprint.ts';
import type { LastResult, LastResults } from '../state/last-results.ts';
import type { ActionCache, ActionRecord } from '../store/action-cache.ts';
import { isWhole } from '../store/artifact.ts';
import type { Layout } from '../store/layout.ts';
import { NetworkLookup } from '../store/network-lookup.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Cache, CachedResult, PublishOptions } from './cache.ts';

export interface LocalStore {
  readonly actions: ActionCache;
  readonly store: ObjectStore;
  readonly latest: LastResults;
}

export class LocalCache implements Cache {
  private readonly local: LocalStore;
  private readonly networkLookup: NetworkLookup;

  constructor(layout: Layout, local: LocalStore) {
    this.local = local;
    this.networkLookup = new NetworkLookup(layout, local);
  }

  async lookup(keys: readonly StageKey[]): Promise<ReadonlyMap<StageKey, CachedResult>> {
    const results = new Map<StageKey, CachedResult>();
    for (const key of keys) {
      const result = this.indexed(key) ?? this.resultOf(this.local.actions.get(key));
      if (result) results.set(key, result);
    }
    return results;
  }

  async lookupLocked(key: StageKey, signal: AbortSignal): Promise<CachedResult | undefined> {
    return this.resultOf(await this.networkLookup.recordOf(key, signal));
  }

  /** Does nothing, because the files are in the local store or nowhere. */
  async fetch(): Promise<void> {}

  async publish(record: ActionRecord, { replace, flushes }: PublishOptions): Promise<void> {
    this.local.actions.put(record, replace, flushes);
  }

  private resultOf(record: ActionRecord | undefined): CachedResult | undefined {
    if (!record) return undefined;
    const { outputs, seconds } = record;
    return { outputs, seconds, whole: isWhole(record, this.local.store) };
  }

  /**
   * The entry of the index for this key, if all files that it names are unchanged. Reads no file.
   */
  private indexed(key: StageKey): CachedResult | undefined {
    const entry = this.local.latest.ofKey(key);
    if (!entry || !this.isUnchanged(entry)) return undefined;
    return { outputs: entry.outputs, seconds: entry.seconds, whole: true };
  }

  private isUnchanged({ key, outputs, shown }: LastResult): boolean {
    const { actions, store } = this.local;
    if (!shown || !actions.stillNames(key, outputs)) return false;
    for (const port in outputs) if (!store.isWhole(outputs[port]!)) return false;
    return shown.every(({ digest, size }) => store.isWhole(digest, size));
  }
}
