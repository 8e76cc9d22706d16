import { describe, expect, it } from 'vitest';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { baselineRow, measured, summaryOf } from './measured-rows.ts';

describe('summarise', () => {
  it('compares each network with the baseline of its own training', () => {
    const rows = [
      { ...baselineRow(), trainingSeed: 0 },
      { ...baselineRow(), trainingSeed: 1, accuracy: 0.9 },
      { ...measured('svd', 2, 0.991, null), trainingSeed: 0 },
      { ...measured('svd', 2, 0.901, null), trainingSeed: 1 },
    ];
    const [study] = studiesOf(rows, []);
    const { aggregates, best } = summarise(study!);
    expect(aggregates.at(-1)).toMatchObject({ networks: 2, rate: 2 });
    expect(aggregates.at(-1)!.gain).toBeCloseTo(0, 12);
    expect(best[0]!.at).not.toBeNull();
  });

  it('takes medians over seeds', () => {
    const { aggregates } = summaryOf([
      measured('cur-published', 10, 0.9, 0),
      measured('cur-published', 10, 0.98, 1),
      measured('cur-published', 10, 0.97, 2),
    ]);
    const [aggregate] = aggregates.filter(({ rate }) => rate === 10);
    expect(aggregate!.accuracy).toMatchObject({ count: 3, median: 0.97, min: 0.9, max: 0.98 });
  });

  it('finds the last rate before the first that fails, and those that pass again', () => {
    const rows = [
      measured('svd', 2, 0.992, null),
      measured('svd', 5, 0.98, null),
      // Exactly half a point below 0.992.
      measured('svd', 10, 0.987, null),
      measured('svd', 20, 0.986, null),
    ];
    expect(summaryOf(rows).best).toMatchObject([
      { method: 'svd', at: { rate: 2 }, failedAt: 5, againAt: [10] },
    ]);
    expect(summaryOf(rows, 0.02).best).toMatchObject([
      { at: { rate: 20 }, failedAt: null, againAt: [] },
    ]);
    expect(summaryOf([measured('svd', 2, 0.5, null)]).best).toMatchObject([{ at: null }]);
  });
});
