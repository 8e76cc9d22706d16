/**
 * A remote behind the local store. Results that the local store does not have are looked up in the
 * remote. Their records are read at once, their files when `fetch` names them.
 *
 * The remote never fails a run. If it does not answer, or sends wrong bytes, its results count as
 * missing and there is a warning. Only failures of the disk are errors.
 *
 * The code for transfers is loaded when the local store lacks a result.
 */
import { rmSync } from 'node:fs';
import { isStop } from '../../base/is-stop.ts';
import { isSystemError, unlessRefused } from '../../base/system-error.ts';
import { counted } from '../../base/units.ts';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import { fileAt } from '../store/file-stamp.ts';
import { LaterFlushes } from '../store/flushes.ts';
import type { Cache, CachedResult, PublishOptions } from './cache.ts';
import type { LocalStore } from './local-cache.ts';
import { allSettled } from './remote/all-settled.ts';
import type { OpenedRemote } from './remote/opened-remote.ts';
import type { RemoteResults } from './remote/remote-results.ts';

export interface RemoteSource {
  /** Resolves with undefined if no remote is configured. Called when it is needed, at most once. */
  readonly open: () => Promise<OpenedRemote | undefined>;
  /** Whether results are stored in it. Otherwise they are only read. */
  readonly writes: boolean;
}

export class RemoteCache implements Cache {
  private readonly local: Cache;
  private readonly store: LocalStore;
  private readonly source: RemoteSource;
  private opened: Promise<RemoteResults | undefined> | undefined;
  /** Records in the remote whose files were not fetched yet. */
  private readonly found = new Map<StageKey, ActionRecord>();
  /** The keys in `found`, by their outputs. */
  private readonly keysOf = new Map<Digest, Set<StageKey>>();
  /** Records in the remote whose files can't be fetched. */
  private readonly lost = new Map<StageKey, ActionRecord>();
  private readonly uploads = new Set<Promise<void>>();
  private readonly uploading = new AbortController();
  private notUploaded = 0;
  private readonly warnings: string[] = [];

  constructor(local: Cache, store: LocalStore, source: RemoteSource) {
    this.local = local;
    this.store = store;
    this.source = source;
  }

  async lookup(keys: readonly StageKey[]): Promise<ReadonlyMap<StageKey, CachedResult>> {
    const results = new Map(await this.local.lookup(keys));
    const open = keys.filter((key) => !results.get(key)?.whole);
    if (open.length === 0) return results;
    await Promise.all(
      open.map(async (key) => {
        const result = await this.inRemote(key);
        if (result) results.set(key, result);
      }),
    );
    return results;
  }

  async lookupLocked(key: StageKey, signal: AbortSignal): Promise<CachedResult | undefined> {
    const result = await this.local.lookupLocked(key, signal);
    if (result?.whole) return result;
    // Another machine may have stored it since the plan.
    const remote = await this.inRemote(key, signal);
    if (!remote?.whole) return remote ?? result;
    await this.fetch(Object.values(remote.outputs), signal);
    return this.lost.has(key) ? { ...remote, whole: false } : remote;
  }

  async fetch(artifacts: readonly Digest[], signal: AbortSignal): Promise<void> {
    const keys = new Set(artifacts.flatMap((digest) => [...(this.keysOf.get(digest) ?? [])]));
    await this.fetchResults([...keys], signal);
  }

  /** The results that were found in the remote and not fetched. */
  get remoteResults(): ReadonlyMap<StageKey, ActionRecord> {
    return this.found;
  }

  /** The remote itself. Undefined if none is configured. */
  remote(): Promise<RemoteResults | undefined> {
    this.opened ??= this.open();
    return this.opened;
  }

  /** Calls `onEach` after each result. Results whose files can't be had are not found any more. */
  async fetchResults(
    keys: readonly StageKey[],
    signal: AbortSignal,
    onEach: (isWhole: boolean) => void = () => undefined,
  ): Promise<void> {
    const wanted = keys.map((key) => this.found.get(key)!);
    const remote = wanted.length > 0 ? await this.remote() : undefined;
    if (!remote) return;
    const flushes = new LaterFlushes();
    const records = await allSettled(
      wanted.map(async (record) => {
        const isWhole = await remote.fetch(record, flushes, signal);
        onEach(isWhole);
        return { record, isWhole };
      }),
      signal,
    );
    // The files must be on the disk before a record names them.
    flushOrRemove(flushes);
    for (const { record, isWhole } of records) {
      this.forget(record);
      if (isWhole) await this.local.publish(record, { replace: true, flushes });
      else this.lost.set(record.key, record);
    }
    flushOrRemove(flushes);
  }

  async publish(record: ActionRecord, options: PublishOptions): Promise<void> {
    await this.local.publish(record, options);
    this.uploadLater(record.key, options, async () => record);
  }

  publishedElsewhere(key: StageKey, options: Pick<PublishOptions, 'replace'>): void {
    this.uploadLater(key, options, async () => {
      // A shared disk may not show the record at once.
      await this.local.lookupLocked(key, this.uploading.signal);
      return this.store.actions.get(key);
    });
  }

  takeWarnings(): readonly string[] {
    return this.warnings.splice(0);
  }

  async finish(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.uploading.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await Promise.all(this.uploads);
    signal.removeEventListener('abort', stop);
    if (this.notUploaded > 0) {
      const results = counted(this.notUploaded, 'result was', 'results were');
      this.warnings.push(`${results} not stored in the cache; "pipeline push" stores them`);
      this.notUploaded = 0;
    }
  }

  private uploadLater(
    key: StageKey,
    options: Pick<PublishOptions, 'replace'>,
    recordOf: () => Promise<ActionRecord | undefined>,
  ): void {
    if (!this.source.writes) return;
    const replace = options.replace || this.lost.has(key);
    const upload = this.upload(recordOf, replace).finally(() => this.uploads.delete(upload));
    this.uploads.add(upload);
  }

  /** Resolves also if the upload fails. */
  private async upload(
    recordOf: () => Promise<ActionRecord | undefined>,
    replace: boolean,
  ): Promise<void> {
    try {
      const remote = await this.remote();
      const signal = this.uploading.signal;
      if (!remote) return;
      const record = await recordOf();
      const uploaded = record ? await remote.upload(record, { replace, signal }) : 'incomplete';
      if (uploaded !== 'failed' && uploaded !== 'incomplete') return;
    } catch (problem) {
      // The result is in the local store, so the run goes on.
      if (!isStop(problem, this.uploading.signal) && !isSystemError(problem)) throw problem;
    }
    this.notUploaded++;
  }

  private async inRemote(key: StageKey, signal = NEVER): Promise<CachedResult | undefined> {
    const lost = this.lost.get(key);
    if (lost) return { outputs: lost.outputs, seconds: lost.seconds, whole: false };
    let record = this.found.get(key);
    if (!record) {
      record = await (await this.remote())?.record(key, signal);
      if (!record) return undefined;
      this.found.set(key, record);
      for (const digest of Object.values(record.outputs)) {
        const keys = this.keysOf.get(digest);
        if (keys) keys.add(key);
        else this.keysOf.set(digest, new Set([key]));
      }
    }
    return { outputs: record.outputs, seconds: record.seconds, whole: true, remote: true };
  }

  private forget({ key, outputs }: ActionRecord): void {
    this.found.delete(key);
    for (const digest of Object.values(outputs)) this.keysOf.get(digest)?.delete(key);
  }

  private async open(): Promise<RemoteResults | undefined> {
    const opened = await this.source.open();
    if (!opened) return undefined;
    const { RemoteResults } = await import('./remote/remote-results.ts');
    return new RemoteResults(opened, this.store.store, (warning) => this.warnings.push(warning));
  }
}

/** What the disk has refused is fetched again by the next attempt. */
function flushOrRemove(flushes: LaterFlushes): void {
  try {
    flushes.all();
  } catch (problem) {
    for (const path of flushes.refused) unlessRefused(() => fileAt(path) && rmSync(path));
    throw problem;
  }
}

const NEVER = new AbortController().signal;

/** For commands that are about the remote only. */
export function remoteCacheIn(cache: Cache): RemoteCache | undefined {
  return cache instanceof RemoteCache ? cache : undefined;
}
