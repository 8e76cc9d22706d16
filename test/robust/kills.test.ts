/** A few kills and a few runs at once; `node bench/robust/run.mjs kills` does two hundred. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runConcurrently } from '../../bench/robust/concurrent-runs.ts';
import { killRuns } from '../../bench/robust/kills.ts';

const program = resolve('dist/main.js');
const root = tmpdir();

describe('the built program', () => {
  it('gives the same results after it was killed at any time', async () => {
    const report = await killRuns({ program, root, kills: 5, seed: 1, bytes: 200_000 });
    expect(report).toMatchObject({ kills: 5, faults: [] });
    expect(report.objects).toBeGreaterThan(20);
    // The number of runs that it takes to kill five is random.
  });

  it('started several times at once computes each stage once', async () => {
    const report = await runConcurrently({ program, root, runs: 4 });
    expect(report).toMatchObject({ runs: 4, stages: 13, executions: 13, faults: [] });
  });
});
