/** A command that prints 200 MB; `node bench/robust/run.mjs flood` has one that prints 5 GB. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { flood } from '../../bench/robust/flood.ts';

const folder = mkdtempSync(join(tmpdir(), 'flood-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a flood of output is completely in the log, and needs little memory', async () => {
  const program = resolve('dist/main.js');
  const report = await flood({ program, root: join(folder, 'project'), bytes: 1_000_000_000 });
  expect(report.faults).toEqual([]);
});
