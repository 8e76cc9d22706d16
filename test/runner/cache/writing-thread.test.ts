import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { unlessAbsent } from '../../../src/base/system-error.ts';
import { type ArrivingFile, openHere } from '../../../src/runner/cache/remote/arriving-file.ts';
import { WritingThread } from '../../../src/runner/cache/remote/writing-thread.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';

const BLOCK = 1 << 18;
const MANY = randomBytes(20 * BLOCK + 7);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arriving-'));
});

/** Changes the memory of each piece afterwards, as a remote that reuses it does. */
async function writeAll(file: ArrivingFile, bytes: Uint8Array, piece: number): Promise<void> {
  const memory = Buffer.alloc(piece);
  for (let at = 0; at < bytes.length; at += piece) {
    const length = Math.min(piece, bytes.length - at);
    memory.set(bytes.subarray(at, at + length));
    await file.write(memory.subarray(0, length));
    memory.fill(0);
  }
}

describe.each([
  ['a file', openHere],
  ['a file in a thread', (path: string) => new WritingThread().open(path)],
])('%s', (_where, open) => {
  it.each([
    [0, 1],
    [1, 1],
    [BLOCK - 1, 1000],
    [BLOCK, BLOCK],
    [BLOCK + 1, 65_536],
    [MANY.length, 65_519],
    [MANY.length, 3 * BLOCK + 1],
    [MANY.length, MANY.length],
  ])('of %i bytes in pieces of %i has them and their digest', async (length, piece) => {
    const bytes = MANY.subarray(0, length);
    const file = open(join(folder, 'a'));
    await writeAll(file, bytes, piece);
    expect(await file.end()).toBe(digestOf(bytes));
    await file.drop();
    expect(readFileSync(join(folder, 'a')).equals(bytes)).toBe(true);
  });

  it('does not replace another file', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'other');
    const written = async (): Promise<unknown> => {
      const file = open(path);
      await file.write(Buffer.from('mine'));
      return file.end();
    };
    await expect(written()).rejects.toMatchObject({ code: 'EEXIST', path });
    expect(readFileSync(path, 'utf8')).toBe('other');
  });

  it('that is dropped is closed', async () => {
    const file = open(join(folder, 'a'));
    await file.write(MANY.subarray(0, 3 * BLOCK + 5));
    await file.drop();
    await file.drop();
    expect(openFiles(folder)).toEqual([]);
  });
});

describe('a thread', () => {
  it('writes many files at once', async () => {
    const thread = new WritingThread();
    const digests = Array.from({ length: 8 }, async (_, i) => {
      const file = thread.open(join(folder, String(i)));
      await writeAll(file, MANY.subarray(i), 65_536 + i);
      return file.end();
    });
    expect(await Promise.all(digests)).toEqual(digests.map((_, i) => digestOf(MANY.subarray(i))));
    for (let i = 0; i < digests.length; i++) {
      expect(readFileSync(join(folder, String(i))).equals(MANY.subarray(i))).toBe(true);
    }
  });

  it('ends when no file is open, and starts again', async () => {
    const thread = new WritingThread();
    for (const name of ['a', 'b']) {
      const file = thread.open(join(folder, name));
      expect(workerOf(thread)).toBeDefined();
      await file.end();
      expect(workerOf(thread)).toBeUndefined();
    }
  });

  it('reports a refusal before all bytes have arrived, and goes on with other files', async () => {
    const thread = new WritingThread();
    const good = thread.open(join(folder, 'good'));
    const bad = thread.open(join(folder, 'missing', 'bad'));
    await writeAll(good, MANY, BLOCK);
    const endless = async (): Promise<void> => {
      for (;;) await bad.write(MANY);
    };
    await expect(endless()).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
    await expect(bad.end()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await good.end()).toBe(digestOf(MANY));
  });

  it('that dies fails its files, and another one starts', async () => {
    const thread = new WritingThread();
    const waiting = thread.open(join(folder, 'a'));
    const ended = expect(thread.open(join(folder, 'b')).end()).rejects.toThrow('ended with code');
    void workerOf(thread)!.terminate();
    const endless = async (): Promise<void> => {
      for (;;) await waiting.write(MANY);
    };
    await expect(endless()).rejects.toThrow('the thread for files ended with code');
    await expect(waiting.end()).rejects.toThrow('ended with code');
    await waiting.drop();
    await ended;
    const next = thread.open(join(folder, 'c'));
    expect(await next.end()).toBe(digestOf(''));
  });
});

function workerOf(thread: WritingThread): Worker | undefined {
  return Reflect.get(thread, 'worker');
}

/** Of this process. None on a system without `/proc`. */
function openFiles(within: string): readonly string[] {
  const all = '/proc/self/fd';
  if (!existsSync(all)) return [];
  // The one that lists them is closed by now.
  const targets = readdirSync(all).map((name) => unlessAbsent(() => readlinkSync(join(all, name))));
  return targets.flatMap((target) => (target?.startsWith(within) ? [target] : []));
}
