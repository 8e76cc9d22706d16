/**
 * Results by key: the interface between the engine and what stores results.
 *
 * The engine asks for many keys at once, because a remote cache answers a thousand keys about as
 * fast as one. The local store is one implementation (`local-cache.ts`).
 * `test/runner/cache/contract.ts` has the rules for all implementations.
 *
 * A failure of the store rejects with a `SystemError`. It never looks like a missing result. A
 * remote cache behind the store is different: without it, a run only takes longer, so its failures
 * are warnings.
 */
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import type { Flushes } from '../store/flushes.ts';

export interface CachedResult {
  /** Artifacts by port. */
  readonly outputs: ActionRecord['outputs'];
  /** How long the stage took when it was executed. Undefined if that is not known. */
  readonly seconds: number | undefined;
  /**
   * False if files of the outputs are missing or damaged. The stage must run again. A remote cache
   * may not know that before the files were fetched.
   */
  readonly whole: boolean;
  /** The files are in a remote cache only, until they are fetched. */
  readonly remote?: true;
}

export interface Cache {
  /** The results of these keys. A key without a result has no entry in the map. */
  lookup(keys: readonly StageKey[]): Promise<ReadonlyMap<StageKey, CachedResult>>;

  /**
   * The result of one key whose lock is held. It is found even if another machine has just
   * published it. Rejects with the reason of `signal` if that is aborted.
   */
  lookupLocked(key: StageKey, signal: AbortSignal): Promise<CachedResult | undefined>;

  /** Copies the files of these artifacts into the local store, if this cache has them. */
  fetch(artifacts: readonly Digest[], signal: AbortSignal): Promise<void>;

  /** Makes a result visible to `lookup`. All its files must be in the local store. */
  publish(record: ActionRecord, options: PublishOptions): Promise<void>;

  /**
   * Another machine has published this result in the local store, so a remote that `publish` writes
   * to gets it too, in the same way.
   */
  publishedElsewhere?(key: StageKey, options: Pick<PublishOptions, 'replace'>): void;

  /** Problems that change no result, such as a server that does not answer. Each is returned once. */
  takeWarnings?(): readonly string[];

  /** Resolves when work in the background has ended, such as uploads. An abort ends it early. */
  finish?(signal: AbortSignal): Promise<void>;
}

export interface PublishOptions {
  /** Replaces an existing result of the key. Otherwise the first one is kept. */
  readonly replace: boolean;
  readonly flushes: Flushes;
}
