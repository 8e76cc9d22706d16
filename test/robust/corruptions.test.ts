/** Some damaged files and some power cuts; `node bench/robust/run.mjs corruptions` damages thousands. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corrupt } from '../../bench/robust/corruptions.ts';
import { cutPower } from '../../bench/robust/power-cuts.ts';

/** In memory where there is such a folder: flushes are counted, and need not be waited for. */
const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

describe('an artifacts folder', () => {
  it('with any file damaged in any way yields what a clean run does', async () => {
    const program = resolve('dist/main.js');
    const report = await corrupt({ program, root, count: 75, seed: 1 });
    expect(report).toMatchObject({ cases: 75, ofProgram: 3, refused: 0, faults: [] });
    expect(report.healed).toBeGreaterThan(20);
    // How long a hundred runs take is for the machine to say.
  });

  it('after a power cut at any write yields what a clean run does', async () => {
    const report = await cutPower({ root, count: 8, seed: 1 });
    expect(report).toMatchObject({ cuts: 8, faults: [] });
    expect(report.lost).toBeGreaterThan(20);
    expect(report.made).toBeGreaterThan(8);
  });
});
