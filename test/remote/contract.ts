/** The rules for every `Remote`. A new one calls `describeRemote` with a way to make it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Remote, RemoteBody, RemoteKind } from '../../src/runner/cache/remote/remote.ts';
import type { Layout } from '../../src/runner/store/layout.ts';
import { describeCache } from '../runner/cache/contract.ts';
import { FailingRemote, TwoMachines } from '../runner/cache/two-machines.ts';

export interface RemoteUnderTest {
  readonly remote: Remote;
  /** Deletes an object on the server. */
  readonly lose: (digest: string) => Promise<void> | void;
  /** Whether the server keeps what it has if it is asked to. */
  readonly keepsFirst: boolean;
  readonly close?: () => void;
}

export const nameOf = (text: string | Uint8Array): string =>
  createHash('sha256').update(text).digest('hex');

const never = new AbortController().signal;

/** All bytes from `from` on. Undefined if nothing has this name. */
export async function contentOf(
  remote: Remote,
  kind: RemoteKind,
  name: string,
  from = 0,
): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  const take = (bytes: Uint8Array): void => void pieces.push(Buffer.from(bytes));
  return (await remote.get(kind, name, { from, take, signal: never }))
    ? Buffer.concat(pieces)
    : undefined;
}

export function describeRemote(name: string, make: () => RemoteUnderTest): void {
  describe(`the remote: ${name}`, () => {
    let given: RemoteUnderTest;
    let folder: string;
    beforeEach(() => {
      given = make();
      folder = mkdtempSync(join(tmpdir(), 'remote-'));
    });
    afterEach(() => {
      given.close?.();
      rmSync(folder, { recursive: true, force: true });
    });

    const put = (kind: RemoteKind, key: string, text: string | Buffer, ifAbsent = false) => {
      const bytes = Buffer.from(text);
      const body: RemoteBody = { bytes, size: bytes.length };
      return given.remote.put(kind, key, body, { ifAbsent, signal: never });
    };

    it('has nothing at first', async () => {
      const key = nameOf(`nothing ${Math.random()}`);
      for (const kind of ['ac', 'cas'] as const) {
        expect(await given.remote.size(kind, key, never)).toBeUndefined();
        expect(await contentOf(given.remote, kind, key)).toBeUndefined();
      }
    });

    it('returns the bytes that were stored, from memory and from a file', async () => {
      const bytes = Buffer.alloc(3_000_000, 'some bytes ');
      const path = join(folder, 'file');
      writeFileSync(path, bytes);
      const key = nameOf(bytes);
      const body = { file: path, size: bytes.length };
      await given.remote.put('cas', key, body, { ifAbsent: false, signal: never });
      expect(await given.remote.size('cas', key, never)).toBe(bytes.length);
      expect((await contentOf(given.remote, 'cas', key))?.equals(bytes)).toBe(true);
      const rest = await contentOf(given.remote, 'cas', key, 2_999_990);
      expect(rest?.equals(bytes.subarray(2_999_990))).toBe(true);
      await put('ac', key, 'a record');
      expect(String(await contentOf(given.remote, 'ac', key))).toBe('a record');
    });

    it('stores empty bytes', async () => {
      const key = nameOf('');
      await put('cas', key, '');
      expect(await given.remote.size('cas', key, never)).toBe(0);
      expect((await contentOf(given.remote, 'cas', key))?.length).toBe(0);
    });

    it('replaces a record, and keeps the first one on request', async () => {
      const key = nameOf(`record ${Math.random()}`);
      await put('ac', key, 'first', true);
      await put('ac', key, 'second', true);
      const kept = String(await contentOf(given.remote, 'ac', key));
      expect(kept).toBe(given.keepsFirst ? 'first' : 'second');
      await put('ac', key, 'third');
      expect(String(await contentOf(given.remote, 'ac', key))).toBe('third');
    });

    it('stores one of many records that are written at once', async () => {
      const key = nameOf(`race ${Math.random()}`);
      const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(10_000));
      await Promise.all(texts.map((text) => put('ac', key, text, true)));
      expect(texts).toContain(String(await contentOf(given.remote, 'ac', key)));
    });

    it('announces all bytes before they pass, and waits', async () => {
      const bytes = Buffer.alloc(600_000, 'paced ');
      const path = join(folder, 'file');
      writeFileSync(path, bytes);
      const key = nameOf(bytes);
      let [announced, isWaiting] = [0, false];
      const pace = async (more: number): Promise<void> => {
        expect(isWaiting).toBe(false);
        isWaiting = true;
        await new Promise((resolve) => setImmediate(resolve));
        isWaiting = false;
        announced += more;
      };
      const body = { file: path, size: bytes.length };
      await given.remote.put('cas', key, body, { ifAbsent: false, pace, signal: never });
      expect(announced).toBe(bytes.length);
      announced = 0;
      let taken = 0;
      const take = (piece: Uint8Array): void => {
        expect(isWaiting).toBe(false);
        taken += piece.length;
      };
      await given.remote.get('cas', key, { from: 100, take, pace, signal: never });
      expect([announced, taken]).toEqual([bytes.length - 100, bytes.length - 100]);
    });

    it('passes on an error of the receiver', async () => {
      const key = nameOf('full');
      await put('cas', key, 'full');
      const take = (): void => {
        throw new Error('the disk is full');
      };
      const got = given.remote.get('cas', key, { from: 0, take, signal: never });
      await expect(got).rejects.toThrow('the disk is full');
    });

    it('passes on that a local file is missing, and goes on', async () => {
      const body = { file: join(tmpdir(), 'no-such-file'), size: 4 };
      const put = given.remote.put('cas', nameOf('gone'), body, { ifAbsent: false, signal: never });
      await expect(put).rejects.toMatchObject({ code: 'ENOENT', path: body.file });
      expect(await contentOf(given.remote, 'cas', nameOf('gone'))).toBeUndefined();
    });

    it('stops in the middle of an upload', async () => {
      const bytes = Buffer.alloc(3_000_000, 'stopped ');
      const path = join(folder, 'file');
      writeFileSync(path, bytes);
      const key = nameOf(bytes);
      const stop = new AbortController();
      let announced = 0;
      const pace = (more: number): undefined => {
        announced += more;
        if (announced > 1_000_000) stop.abort();
      };
      const body = { file: path, size: bytes.length };
      const put = given.remote.put('cas', key, body, {
        ifAbsent: false,
        pace,
        signal: stop.signal,
      });
      await expect(put).rejects.toHaveProperty('name', 'AbortError');
      expect(announced).toBeLessThan(bytes.length);
      await given.remote.abandon?.('cas', key);
      expect(await contentOf(given.remote, 'cas', key)).toBeUndefined();
    });

    it('stops when it is aborted', async () => {
      const stop = AbortSignal.abort(new Error('stopped'));
      const got = given.remote.get('cas', nameOf('x'), { from: 0, take: () => {}, signal: stop });
      await expect(got).rejects.toBeDefined();
    });
  });

  describeCache(`results through ${name}`, (layout: Layout) => {
    const { remote, lose } = make();
    const failing = new FailingRemote(remote);
    const cache = new TwoMachines(layout, failing);
    return {
      cache,
      local: cache.first.store,
      lose,
      failAt: (write: number) => failing.failAt(write),
    };
  });
}
