/** Ids of runs are in the order of the runs, whatever the clocks showed. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../../../src/runner/execution/journal.ts';
import { findRun } from '../../../src/runner/history/find-run.ts';
import { runIds } from '../../../src/runner/history/run-journal.ts';
import { Layout } from '../../../src/runner/store/layout.ts';

let layout: Layout;
beforeEach(() => {
  layout = new Layout(mkdtempSync(join(tmpdir(), 'ids-')));
});
afterEach(() => rmSync(layout.root, { recursive: true, force: true }));

function begin(time: number, random: string): string {
  const id = newRunId(layout, new Date(time), random);
  mkdirSync(layout.run(id), { recursive: true });
  return id;
}

const NOW = Date.UTC(2026, 10, 29, 23, 59, 59);

describe('the id of a run', () => {
  it('is the start time, if no clock was ahead', () => {
    expect(begin(NOW, 'ffff')).toBe('20261129-235959-ffff');
    expect(begin(NOW + 5000, '0000')).toBe('20261130-000004-0000');
  });

  it('sorts after a run that was made while a clock was ahead', () => {
    begin(NOW + 3 * 24 * 3600_000, 'aaaa');
    const next = begin(NOW, 'bbbb');
    expect(next).toBe('20261203-000000-bbbb');
    expect(begin(NOW + 1000, '0000')).toBe('20261203-000001-0000');
    expect(runIds(layout)[1]).toBe(next);
  });

  it('ignores folders with other names', () => {
    for (const name of ['zzz', '99-x', '.keep']) mkdirSync(layout.run(name), { recursive: true });
    expect(begin(NOW, '0000')).toBe('20261129-235959-0000');
    expect(findRun(layout, '20261129')).toMatchObject({ ok: true });
  });

  it('sorts after all earlier ones, however the clocks jump', () => {
    const run = fc.record({
      time: fc.integer({ min: NOW - 400 * 24 * 3600_000, max: NOW + 400 * 24 * 3600_000 }),
      random: fc.stringMatching(/^[0-9a-f]{4}$/),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), (runs) => {
        rmSync(layout.runs, { recursive: true, force: true });
        const ids = runs.map(({ time, random }) => begin(time, random));
        expect([...runIds(layout)].reverse()).toEqual(ids);
      }),
      { numRuns: 50 },
    );
  });
});
