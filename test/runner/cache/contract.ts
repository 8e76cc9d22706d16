/** The rules for every `Cache`. A new implementation calls `describeCache` with a way to make one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from '../../../src/runner/cache/cache.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { type Fingerprint, keyOf } from '../../../src/runner/key/fingerprint.ts';
import type { ActionRecord } from '../../../src/runner/store/action-cache.ts';
import { isWhole } from '../../../src/runner/store/artifact.ts';
import { atOnce } from '../../../src/runner/store/flushes.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import type { ObjectStore } from '../../../src/runner/store/object-store.ts';
import { captureArtifact } from '../rig.ts';

/** A cache, the local store that its results are published from, and ways to break it. */
export interface CacheUnderTest {
  readonly cache: Cache;
  readonly local: ObjectStore;
  /** Deletes the bytes of this object from the cache. */
  readonly lose: (digest: string) => Promise<void> | void;
  /** Makes the n-th write from now on fail, once. */
  readonly failAt: (write: number) => void;
}

export function describeCache(name: string, make: (layout: Layout) => CacheUnderTest): void {
  describe(`the cache: ${name}`, () => {
    let root: string;
    let rig: CacheUnderTest;
    const never = new AbortController().signal;

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'cache-'));
      rig = make(new Layout(join(root, 'artifacts')));
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    /** A record whose outputs hold these texts, and whose files are in the local store. */
    function recordOf(stage: string, texts: Readonly<Record<string, string>>): ActionRecord {
      const folder = mkdtempSync(join(root, 'made-'));
      for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, file), text);
      const artifact = captureArtifact(folder, rig.local);
      if (!artifact.ok) throw new Error(artifact.error);
      const fingerprint: Fingerprint = {
        record: 'stage/1',
        type: 'make',
        code: { digest: digestOf('code'), packages: {}, files: {} },
        parameters: { stage },
        inputs: {},
        environment: {},
      };
      const provenance = { run: 'r', stage, finished: '2026-01-01T00:00:00.000Z', reasons: [] };
      const outputs = { out: artifact.value.digest };
      return { key: keyOf(fingerprint), fingerprint, outputs, seconds: 2, provenance };
    }

    const publish = (record: ActionRecord, replace = false) =>
      rig.cache.publish(record, { replace, flushes: atOnce });

    it('has no entry for a key that was never published', async () => {
      const { key } = recordOf('a', { f: '1' });
      expect((await rig.cache.lookup([key])).size).toBe(0);
      expect(await rig.cache.lookupLocked(key, never)).toBeUndefined();
      expect((await rig.cache.lookup([])).size).toBe(0);
    });

    it('finds what was published, for many keys at once', async () => {
      const records = ['a', 'b', 'c'].map((stage) => recordOf(stage, { f: stage, g: 'same' }));
      for (const record of records.slice(0, 2)) await publish(record);
      const found = await rig.cache.lookup(records.map(({ key }) => key));
      expect([...found.keys()].sort()).toEqual([records[0]!.key, records[1]!.key].sort());
      for (const { key, outputs } of records.slice(0, 2)) {
        expect(found.get(key)).toEqual({ outputs, seconds: 2, whole: true });
        expect(await rig.cache.lookupLocked(key, never)).toEqual(found.get(key));
      }
    });

    it('brings the files of a result into the local store', async () => {
      const record = recordOf('a', { f: '1', g: '2' });
      await publish(record);
      await rig.cache.fetch(Object.values(record.outputs), never);
      expect(isWhole(record, rig.local)).toBe(true);
      expect(rig.local.readText(digestOf('2'))).toBe('2');
    });

    it('keeps the first result of a key, unless it is to be replaced', async () => {
      const first = recordOf('a', { f: '1' });
      const second = { ...first, outputs: recordOf('a', { f: 'other' }).outputs };
      await publish(first);
      await publish(second);
      expect((await rig.cache.lookup([first.key])).get(first.key)?.outputs).toEqual(first.outputs);
      await publish(second, true);
      expect((await rig.cache.lookup([first.key])).get(first.key)?.outputs).toEqual(second.outputs);
    });

    it('reports a result whose bytes are gone as incomplete', async () => {
      for (const lost of ['1', 'the list of files']) {
        const record = recordOf(lost, { f: '1', g: lost });
        await publish(record);
        await rig.lose(lost === '1' ? digestOf('1') : record.outputs.out!);
        expect((await rig.cache.lookup([record.key])).get(record.key)?.whole).toBe(false);
        expect((await rig.cache.lookupLocked(record.key, never))?.whole).toBe(false);
      }
    });

    it('has a complete result or none after a failed write, whichever it was', async () => {
      for (let write = 1; ; write++) {
        const record = recordOf(`a${write}`, { f: `f${write}`, g: `g${write}` });
        rig.failAt(write);
        const failed = await publish(record).then(
          () => false,
          () => true,
        );
        rig.failAt(Number.POSITIVE_INFINITY);
        const found = (await rig.cache.lookup([record.key])).get(record.key);
        if (!failed) {
          expect(found?.whole).toBe(true);
          expect(write).toBeGreaterThan(1);
          break;
        }
        expect(found?.whole ?? true).toBe(true);
        // The next attempt succeeds.
        await publish(record);
        expect((await rig.cache.lookup([record.key])).get(record.key)?.whole).toBe(true);
      }
    });
  });
}
