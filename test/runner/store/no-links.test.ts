/**
 * A disk without hard links (exFAT, some network disks): locks work, and files appear completely.
 */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const links = vi.hoisted(() => ({ code: 'EPERM' }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const linkSync = (): never => {
    throw Object.assign(new Error(`${links.code}: link`), { code: links.code });
  };
  return { ...real, linkSync, default: { ...real, linkSync } };
});

const { Rig, seen } = await import('../rig.ts');
const { holdLock } = await import('../../../src/runner/store/key-lock.ts');
const { verify } = await import('../../../src/runner/index.ts');

const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

const never = new AbortController().signal;
let rig: InstanceType<typeof Rig>;
beforeEach(() => {
  rig = new Rig();
  links.code = 'EPERM';
});
afterEach(() => rig.remove());

describe.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('without links (%s)', (code) => {
  beforeEach(() => {
    links.code = code;
  });

  it('a run succeeds, a second one finds everything cached, and the store is complete', async () => {
    expect((await rig.run(text)).finished).toMatchObject({ executed: 2, failed: 0 });
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
    const watch = { signal: never, onProgress: () => undefined };
    expect((await verify(rig.project(text), watch)).findings).toEqual([]);
    for (const folder of [rig.layout.locks, rig.layout.live, rig.layout.temporary]) {
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('a key is built once when two runs need it', async () => {
    rig.executor.hold('a');
    const first = rig.run(text);
    const held = await rig.executor.next('a');
    const [waiting, onEvent] = seen('stage-waiting');
    const second = rig.run(text, { onEvent });
    await waiting;
    held.finish();
    await Promise.all([first, second]);
    expect(rig.executor.counts.get('a')).toBe(1);
  });
});

// The age of a lock does not depend on how the disk refuses links, so one refusal is enough.
it('an empty lock is taken over when it is old', async () => {
  const path = rig.layout.lock('key' as never);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  const abort = new AbortController();
  const waiting = holdLock(path, abort.signal);
  expect(readFileSync(path, 'utf8')).toBe('');
  const past = new Date(Date.now() - 120_000);
  utimesSync(path, past, past);
  const release = await waiting;
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  release();
  expect(readdirSync(dirname(path))).toEqual([]);
});
