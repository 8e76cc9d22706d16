/** Some damaged files and some power cuts; `node bench/robust/run.mjs corruptions` damages thousands. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corrupt } from '../../bench/robust/corruptions.ts';
import { cutPower } from '../../bench/robust/power-cuts.ts';
import { memory } from '../memory.ts';

describe('an artifacts folder', () => {
  it('gives the results of a clean run after any file was damaged in any way', async () => {
    const program = resolve('dist/main.js');
    const report = await corrupt({ program, root: memory, count: 75, seed: 1 });
    expect(report).toMatchObject({ cases: 75, ofProgram: 3, refused: 0, faults: [] });
    expect(report.repaired).toBeGreaterThan(20);
    // A hundred runs take as long as the machine needs.
  });

  it('gives the results of a clean run after a power cut at any write', async () => {
    const report = await cutPower({ root: memory, count: 8, seed: 1 });
    expect(report).toMatchObject({ cuts: 8, faults: [] });
    expect(report.lost).toBeGreaterThan(20);
    expect(report.made).toBeGreaterThan(8);
  });
});
