/** A few failing calls, shifted clocks and separate pid namespaces; `node bench/robust/run.mjs` does more. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shiftClocks } from '../../bench/robust/clocks.ts';
import { failCalls } from '../../bench/robust/failing-calls.ts';
import { runInNamespaces } from '../../bench/robust/namespaces.ts';

const program = resolve('dist/main.js');
const root = tmpdir();

describe('the built program', () => {
  it('reports a system call that fails, and the next run gives the results of a clean one', async ({
    skip,
  }) => {
    const report = await failCalls({ program, root, cases: 4, seed: 1 });
    if (report.skipped) skip(report.skipped);
    expect(report).toMatchObject({ cases: 4, faults: [] });
  });

  it('loses nothing and orders its runs, however the clocks differ', async () => {
    const report = await shiftClocks({ program, root, cases: 4, seed: 1 });
    expect(report).toMatchObject({ cases: 4, faults: [] });
  });

  it('does not take a process of another container for a dead one', async ({ skip }) => {
    const report = await runInNamespaces({ program, root, cases: 2 });
    if (report.skipped) skip(report.skipped);
    expect(report).toMatchObject({ pairsOfRuns: 1, runsBesideGc: 1, faults: [] });
  });
});
