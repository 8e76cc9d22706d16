import { chmodSync, truncateSync, writeFileSync } from 'node:fs';
import { vi } from 'vitest';
import type { Digest } from '../../../src/runner/key/digest.ts';

const failing = vi.hoisted(() => ({ at: Number.POSITIVE_INFINITY, calls: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const wrapped: Record<string, unknown> = { ...real };
  for (const name of ['renameSync', 'writeFileSync', 'fsyncSync', 'mkdirSync'] as const) {
    wrapped[name] = (...args: unknown[]) => {
      if (++failing.calls === failing.at) {
        const error = new Error(`EIO: i/o error, ${name}`);
        throw Object.assign(error, { code: 'EIO', errno: -5, syscall: name });
      }
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    };
  }
  return { ...wrapped, default: wrapped };
});

const { LocalCache } = await import('../../../src/runner/cache/local-cache.ts');
const { ActionCache } = await import('../../../src/runner/store/action-cache.ts');
const { LastResults } = await import('../../../src/runner/state/last-results.ts');
const { ObjectStore } = await import('../../../src/runner/store/object-store.ts');
const { FileDigests } = await import('../../../src/runner/state/file-digests.ts');
const { describeCache } = await import('./contract.ts');
const { MemoryCache } = await import('./memory-cache.ts');

describeCache('local store', (layout) => {
  const stats = new FileDigests(layout);
  const store = new ObjectStore(layout, stats);
  const local = { store, actions: new ActionCache(layout, stats), latest: new LastResults(layout) };
  return {
    cache: new LocalCache(layout, local),
    local: store,
    lose: (digest) => {
      const path = layout.object(digest as Digest);
      chmodSync(path, 0o600);
      truncateSync(path, 0);
      writeFileSync(path, 'x');
    },
    failAt: (write) => {
      failing.calls = 0;
      failing.at = write;
    },
  };
});

describeCache('memory', (layout) => {
  const local = new ObjectStore(layout);
  const cache = new MemoryCache(local);
  return {
    cache,
    local,
    lose: (digest) => void cache.objects.delete(digest as Digest),
    failAt: (write) => cache.failNext(write),
  };
});
