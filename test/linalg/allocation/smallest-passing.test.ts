import { describe, expect, it } from 'vitest';
import { smallestPassing } from '../../../src/linalg/allocation/smallest-passing.ts';

describe('smallestPassing', () => {
  it('finds the highest rate that passes, wherever the border is', async () => {
    for (let count = 0; count <= 20; count++) {
      const rates = Array.from({ length: count }, (_, i) => 100 - i);
      for (let border = 0; border <= count; border++) {
        const asked: number[] = [];
        const { rate, trials } = await smallestPassing(rates, async (one) => {
          asked.push(one);
          return one <= 100 - border;
        });
        expect(rate).toBe(rates[border]);
        expect(trials.map((trial) => trial.rate)).toEqual(asked);
        expect(new Set(asked).size).toBe(asked.length);
        expect(asked.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count + 1)) + 1);
      }
    }
  });

  it('returns a rate that passed, with two failed rates above it, for any set of passing rates', async () => {
    for (let pattern = 0; pattern < 2 ** 10; pattern++) {
      const rates = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
      const passes = (index: number) => ((pattern >> index) & 1) === 1;
      const { rate, trials } = await smallestPassing(rates, async (one) => passes(10 - one));
      for (const trial of trials) expect(trial.passed).toBe(passes(10 - trial.rate));
      if (rate === undefined) {
        expect(passes(9)).toBe(false);
        continue;
      }
      const index = 10 - rate;
      expect(passes(index)).toBe(true);
      const tried = new Map(trials.map((trial) => [trial.rate, trial.passed]));
      for (const above of [index - 1, index - 2]) {
        if (above >= 0) expect(tried.get(10 - above)).toBe(false);
      }
    }
  });

  it('passes on a failed measurement, and refuses rates that do not descend', async () => {
    const broken = async () => {
      throw new Error('no data');
    };
    await expect(smallestPassing([2, 1], broken)).rejects.toThrow('no data');
    await expect(smallestPassing([1, 1], async () => true)).rejects.toThrow(RangeError);
    await expect(smallestPassing([1, 2], async () => true)).rejects.toThrow(RangeError);
  });
});
