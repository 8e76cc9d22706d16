/**
 * A cache in memory that replaces a remote one. `publish` copies records and objects from the local
 * store, `fetch` copies them back. It can fail at its n-th write, before or in the middle of it.
 */
import { readFileSync } from 'node:fs';
import type { Cache, CachedResult, PublishOptions } from '../../../src/runner/cache/cache.ts';
import type { Digest } from '../../../src/runner/key/digest.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import type { ActionRecord } from '../../../src/runner/store/action-cache.ts';
import { readArtifact } from '../../../src/runner/store/artifact.ts';
import type { ObjectStore } from '../../../src/runner/store/object-store.ts';

export class MemoryCache implements Cache {
  readonly records = new Map<StageKey, ActionRecord>();
  readonly objects = new Map<Digest, Buffer>();
  /** The keys of each `lookup`. */
  readonly lookups: (readonly StageKey[])[] = [];
  /** Each object and each record is one write. */
  private writes = 0;
  private failing = Number.POSITIVE_INFINITY;
  /** The store that `publish` reads from and `fetch` writes to. */
  local: ObjectStore;

  constructor(local: ObjectStore) {
    this.local = local;
  }

  /** The n-th write from now on fails. */
  failNext(write: number): void {
    this.failing = this.writes + write;
  }

  async lookup(keys: readonly StageKey[]): Promise<ReadonlyMap<StageKey, CachedResult>> {
    this.lookups.push(keys);
    const results = keys.flatMap((key) => {
      const result = this.resultOf(key);
      return result ? [[key, result] as const] : [];
    });
    return new Map(results);
  }

  async lookupLocked(key: StageKey): Promise<CachedResult | undefined> {
    return this.resultOf(key);
  }

  async fetch(artifacts: readonly Digest[]): Promise<void> {
    for (const digest of artifacts) {
      for (const object of this.objectsOf(digest)) {
        if (!this.local.has(object)) this.local.putText(this.objects.get(object)!.toString());
      }
    }
  }

  async publish(record: ActionRecord, { replace }: PublishOptions): Promise<void> {
    if (!replace && this.records.has(record.key)) return;
    for (const digest of Object.values(record.outputs)) {
      for (const { digest: file } of readArtifact(digest, this.local)!.files) this.putObject(file);
      this.putObject(digest);
    }
    this.countWrite();
    this.records.set(record.key, record);
  }

  private resultOf(key: StageKey): CachedResult | undefined {
    const record = this.records.get(key);
    if (!record) return undefined;
    const { outputs, seconds } = record;
    const digests = Object.values(outputs);
    const whole = digests.every((one) => this.objectsOf(one).every((o) => this.objects.has(o)));
    return { outputs, seconds, whole };
  }

  private objectsOf(artifact: Digest): readonly Digest[] {
    const text = this.objects.get(artifact)?.toString();
    if (text === undefined) return [artifact];
    const { files } = JSON.parse(text) as { files: { digest: Digest }[] };
    return [artifact, ...files.map((file) => file.digest)];
  }

  private putObject(digest: Digest): void {
    this.countWrite();
    this.objects.set(digest, readFileSync(this.local.path(digest)));
  }

  private countWrite(): void {
    if (++this.writes !== this.failing) return;
    throw Object.assign(new Error('EIO: the cache does not answer'), {
      code: 'EIO',
      errno: -5,
      syscall: 'write',
    });
  }
}
