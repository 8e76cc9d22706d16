/** No change is missed, whenever it comes. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nextChange } from '../../src/cli/watch.ts';
import { stampOf } from '../../src/runner/store/stat-cache.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'watch-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('a change that came after the reading and before the watching is taken up', async () => {
  const path = join(root, 'a.txt');
  writeFileSync(path, 'one');
  const stamp = stampOf(statSync(path, { bigint: true }));
  const stamps = new Map([[path, stamp]]);
  writeFileSync(path, 'other');
  const { signal } = new AbortController();
  expect(await nextChange({ paths: [path], stamps }, signal)).toBe(path);
});

it('a file that is as it was read is none', async () => {
  const path = join(root, 'a.txt');
  writeFileSync(path, 'one');
  const stamps = new Map([[path, stampOf(statSync(path, { bigint: true }))]]);
  // Asked for by the path alone: what its folder tells of the writing before may be on its way.
  expect(await nextChange({ paths: [], stamps }, AbortSignal.abort())).toBeUndefined();
});
