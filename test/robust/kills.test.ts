/** A few kills and a few runs at once; `node bench/robust/run.mjs kills` does two hundred. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { killRuns } from '../../bench/robust/kills.ts';
import { runTogether } from '../../bench/robust/together.ts';

const program = resolve('dist/main.js');
const root = tmpdir();

describe('the built program', () => {
  it('killed at any time yields what it would have', async () => {
    const report = await killRuns({ program, root, kills: 5, seed: 1, bytes: 200_000 });
    expect(report).toMatchObject({ kills: 5, faults: [] });
    expect(report.objects).toBeGreaterThan(20);
    // How many runs it takes to kill five is luck, and each takes as long as the machine wants.
  });

  it('started several times at once computes each stage once', async () => {
    const report = await runTogether({ program, root, runs: 4 });
    expect(report).toMatchObject({ runs: 4, stages: 13, executions: 13, faults: [] });
  });
});
