/** Large files arrive from a remote. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Downloads } from '../../../src/runner/cache/remote/downloads.ts';
import { GuardedRemote } from '../../../src/runner/cache/remote/guarded-remote.ts';
import {
  type GetOptions,
  type Remote,
  RemoteError,
} from '../../../src/runner/cache/remote/remote.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { describeArtifact } from '../../../src/runner/store/artifact.ts';
import { LaterFlushes } from '../../../src/runner/store/flushes.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';

const LARGE = randomBytes((1 << 25) + 5);
const digest = digestOf(LARGE);

const PIECE = 65_536;
const never = new AbortController().signal;

let layout: Layout;
let store: ObjectStore;
beforeEach(() => {
  layout = new Layout(mkdtempSync(join(tmpdir(), 'downloads-')));
  store = new ObjectStore(layout);
  mkdirSync(store.temporary, { recursive: true });
});
afterEach(() => rmSync(layout.root, { recursive: true }));

/** Downloads an artifact with the large file. `send` has the remote send the file. */
function download(send: (options: GetOptions) => Promise<void>, signal = never): Promise<boolean> {
  const file = { path: 'out', digest, size: LARGE.length };
  const { digest: name, manifest } = describeArtifact([file], true);
  const remote: Remote = {
    address: 'there',
    size: () => Promise.reject(new Error('not asked')),
    put: () => Promise.reject(new Error('not asked')),
    get: async (_kind, asked, options) => {
      if (asked === digest) await send(options);
      else await options.take(Buffer.from(manifest));
      return true;
    },
  };
  const guarded = new GuardedRemote(remote, { patience: { firstWaitMs: 1, slowMs: 5000 } });
  return new Downloads(guarded, store).artifact(name, new LaterFlushes(), signal);
}

/** The bytes up to `to`, and then a problem, if there is one. */
async function sendTo(
  to: number,
  { from, take }: GetOptions,
  problem?: RemoteError,
): Promise<void> {
  for (let at = from; at < to; at += PIECE)
    await take(LARGE.subarray(at, Math.min(at + PIECE, to)));
  if (problem) throw problem;
}

function leftOver(): readonly string[] {
  return readdirSync(store.temporary);
}

it('a large file gets its name when all of it has arrived', async () => {
  expect(await download((options) => sendTo(LARGE.length, options))).toBe(true);
  expect(readFileSync(store.path(digest)).equals(LARGE)).toBe(true);
  expect(leftOver()).toEqual([]);
});

it('an attempt continues where the connection was lost', async () => {
  const starts: number[] = [];
  const cut = new RemoteError('busy', 'closed the connection');
  const whole = await download((options) => {
    starts.push(options.from);
    return starts.length < 4
      ? sendTo(starts.length * 10_000_001, options, cut)
      : sendTo(LARGE.length, options);
  });
  expect([whole, starts]).toEqual([true, [0, 10_000_001, 20_000_002, 30_000_003]]);
  expect(readFileSync(store.path(digest)).equals(LARGE)).toBe(true);
});

const otherByte = Buffer.from(LARGE);
otherByte[LARGE.length - 1]! ^= 1;

it.each([
  ['one wrong byte', async ({ take }: GetOptions) => take(otherByte)],
  ['a byte too few', (options: GetOptions) => sendTo(LARGE.length - 1, options)],
  ['no byte', async () => undefined],
  [
    'a byte too many',
    async (options: GetOptions) => {
      await sendTo(LARGE.length, options);
      await options.take(Buffer.of(0));
    },
  ],
])('%s: the file gets no name, and nothing is left', async (_what, send) => {
  await expect(download(send)).rejects.toMatchObject({ problem: 'wrong' });
  expect(store.has(digest)).toBe(false);
  expect(leftOver()).toEqual([]);
});

it('nothing is left after Ctrl-C in the middle', async () => {
  const stop = new AbortController();
  const got = download(async (options) => {
    await sendTo(LARGE.length / 2, options);
    stop.abort();
    options.signal.throwIfAborted();
  }, stop.signal);
  await expect(got).rejects.toHaveProperty('name', 'AbortError');
  expect(leftOver()).toEqual([]);
});

it('a folder that disappears is an error of the disk, not of the remote', async () => {
  const got = download(async (options) => {
    rmSync(store.temporary, { recursive: true });
    await sendTo(LARGE.length, options);
  });
  await expect(got).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
});
