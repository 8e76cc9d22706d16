/** No change is missed, at any time. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nextChange } from '../../src/cli/watch.ts';
import { stampOf } from '../../src/runner/store/file-stamp.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'watch-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('a change between reading and watching is noticed', async () => {
  const path = join(root, 'a.txt');
  writeFileSync(path, 'one');
  const stamp = stampOf(statSync(path, { bigint: true }));
  const stamps = new Map([[path, stamp]]);
  writeFileSync(path, 'other');
  const { signal } = new AbortController();
  expect(await nextChange({ paths: [path], stamps }, signal)).toBe(path);
});

it('an unchanged file is not a change', async () => {
  const path = join(root, 'a.txt');
  writeFileSync(path, 'one');
  const stamps = new Map([[path, stampOf(statSync(path, { bigint: true }))]]);
  // Checks only this path, because the folder may still report the earlier write.
  expect(await nextChange({ paths: [], stamps }, AbortSignal.abort())).toBeUndefined();
});

it('a missing file that is created before the watching', async () => {
  const path = join(root, 'a.txt');
  writeFileSync(path, 'one');
  const { signal } = new AbortController();
  expect(await nextChange({ paths: [], absent: [path] }, signal)).toBe(path);
});

it('a file that is removed and created again, with its folders', async () => {
  const path = join(root, 'data/deep/a.txt');
  const { signal } = new AbortController();
  const first = nextChange({ paths: [], absent: [path] }, signal);
  mkdirSync(join(root, 'data/deep'), { recursive: true });
  expect(await first).toBe(join(root, 'data'));
  const second = nextChange({ paths: [], absent: [path] }, signal);
  writeFileSync(path, 'one');
  expect(await second).toBe(path);
});

it('a folder of a file that is moved away', async () => {
  const folder = join(root, 'data');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'one');
  const { signal } = new AbortController();
  const change = nextChange({ paths: [join(folder, 'a.txt')] }, signal);
  renameSync(folder, join(root, 'other'));
  expect(await change).toBe(folder);
});
