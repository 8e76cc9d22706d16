/**
 * Two machines with a remote between them, as one cache: one machine publishes, and a new one with
 * an empty store looks results up. So whatever is found went through the remote.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cache, CachedResult, PublishOptions } from '../../../src/runner/cache/cache.ts';
import { LocalCache } from '../../../src/runner/cache/local-cache.ts';
import type {
  GetOptions,
  PutOptions,
  Remote,
  RemoteBody,
  RemoteKind,
} from '../../../src/runner/cache/remote/remote.ts';
import { RemoteError } from '../../../src/runner/cache/remote/remote.ts';
import { RemoteCache } from '../../../src/runner/cache/remote-cache.ts';
import type { Digest } from '../../../src/runner/key/digest.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import { FileDigests } from '../../../src/runner/state/file-digests.ts';
import { LastResults } from '../../../src/runner/state/last-results.ts';
import { ActionCache, type ActionRecord } from '../../../src/runner/store/action-cache.ts';
import { isWhole } from '../../../src/runner/store/artifact.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';

export interface Machine {
  readonly cache: RemoteCache;
  readonly store: ObjectStore;
  readonly layout: Layout;
}

export function machine(
  remote: Remote,
  writes: boolean,
  layout = new Layout(mkdtempSync(join(tmpdir(), 'machine-'))),
): Machine {
  const stats = new FileDigests(layout);
  const store = new ObjectStore(layout, stats);
  const local = { store, actions: new ActionCache(layout, stats), latest: new LastResults(layout) };
  const cache = new RemoteCache(new LocalCache(layout, local), local, {
    open: async () => ({ remote }),
    writes,
  });
  return { cache, store, layout };
}

export class TwoMachines implements Cache {
  readonly first: Machine;
  private readonly remote: Remote;

  constructor(layout: Layout, remote: Remote) {
    this.remote = remote;
    this.first = machine(remote, true, layout);
  }

  lookup(keys: readonly StageKey[]): Promise<ReadonlyMap<StageKey, CachedResult>> {
    return this.asSecond(keys, ({ cache }) => cache.lookup(keys));
  }

  lookupLocked(key: StageKey, signal: AbortSignal): Promise<CachedResult | undefined> {
    return this.asSecond([key], ({ cache }) => cache.lookupLocked(key, signal));
  }

  async fetch(artifacts: readonly Digest[], signal: AbortSignal): Promise<void> {
    await this.first.cache.fetch(artifacts, signal);
  }

  /** Rejects if the upload fails. */
  async publish(record: ActionRecord, options: PublishOptions): Promise<void> {
    const { cache } = this.first;
    await cache.publish(record, options);
    await cache.finish(new AbortController().signal);
    const warnings = cache.takeWarnings();
    if (warnings.length > 0) throw new Error(warnings.join('\n'));
  }

  /** A second machine that fetches what it finds, as a run does. */
  private async asSecond<T>(
    keys: readonly StageKey[],
    act: (one: Machine) => Promise<T>,
  ): Promise<T> {
    const second = machine(this.remote, false);
    const never = new AbortController().signal;
    try {
      const found = await second.cache.lookup(keys);
      const outputs = [...found.values()].flatMap((one) => Object.values(one.outputs));
      await second.cache.fetch(outputs, never);
      const result = await act(second);
      for (const one of (await second.cache.lookup(keys)).values()) {
        if (one.whole && !isWhole(one, second.store)) throw new Error('a hit has no files');
      }
      return result;
    } finally {
      rmSync(second.layout.root, { recursive: true, force: true });
    }
  }
}

/** Its n-th write fails, before or after half of the bytes. */
export class FailingRemote implements Remote {
  readonly address: string;
  private readonly remote: Remote;
  private writes = 0;
  private failing = Number.POSITIVE_INFINITY;

  constructor(remote: Remote) {
    this.remote = remote;
    this.address = remote.address;
  }

  failAt(write: number): void {
    this.writes = 0;
    this.failing = write;
  }

  size(kind: RemoteKind, name: string, signal: AbortSignal): Promise<number | undefined> {
    return this.remote.size(kind, name, signal);
  }

  get(kind: RemoteKind, name: string, options: GetOptions): Promise<boolean> {
    return this.remote.get(kind, name, options);
  }

  async put(kind: RemoteKind, name: string, body: RemoteBody, options: PutOptions): Promise<void> {
    if (++this.writes === this.failing) throw new RemoteError('wrong', 'fails for the test');
    await this.remote.put(kind, name, body, options);
  }
}
