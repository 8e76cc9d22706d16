import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factoredParameters, type Rounding, rankForRate } from '../../src/linalg/rank.ts';

describe('rankForRate', () => {
  it('rounds as requested, ties to even', () => {
    // 8 * 8 / 16 = 4, so the exact rank at rate r is 4 / r.
    const at = (exact: number, rounding: Rounding) => rankForRate(8, 8, 4 / exact, rounding);
    expect([at(2.25, 'ceil'), at(2.25, 'round'), at(2.75, 'floor')]).toEqual([3, 2, 2]);
    expect([at(2.5, 'round'), at(3.5, 'round'), at(2.75, 'round')]).toEqual([2, 4, 3]);
    expect([at(4, 'ceil'), at(4, 'round'), at(4, 'floor')]).toEqual([4, 4, 4]);
  });

  it('is at least 1 and at most the rank a matrix of that shape can have', () => {
    expect(rankForRate(10, 4096, 1000, 'floor')).toBe(1);
    expect(rankForRate(10, 4096, 0.01, 'ceil')).toBe(10);
    expect(() => rankForRate(10, 10, 0, 'ceil')).toThrow(RangeError);
    expect(() => rankForRate(10, 10, Number.NaN, 'ceil')).toThrow(RangeError);
  });

  it('is the smallest rank that does not exceed the rate', () => {
    const weights = 4096 * 25088;
    for (const rate of [1.5, 10, 77]) {
      const k = rankForRate(4096, 25088, rate, 'ceil');
      expect(weights / factoredParameters(4096, 25088, k)).toBeLessThanOrEqual(rate);
      expect(weights / factoredParameters(4096, 25088, k - 1)).toBeGreaterThan(rate);
    }
    expect(factoredParameters(3, 4, 2)).toBe(14);
  });
});

describe('the published parameter counts', () => {
  const [header, ...lines] = readFileSync(
    new URL('./published-parameter-counts.csv', import.meta.url),
    'utf8',
  )
    .trim()
    .split('\n');

  // A head of 25088 -> 4096 -> 4096 -> 10. Its SVD factors all layers, its CUR does not change the last one.
  const headSize = (rate: number, rounding: Rounding, last: number) =>
    [25088, 4096].reduce(
      (sum, n) => sum + factoredParameters(4096, n, rankForRate(4096, n, rate, rounding)) + 4096,
      last + 10,
    );

  it('are complete: 41 of SVD and 99 of CUR, the same for both data sets', () => {
    expect(header).toBe('method,rate,parameters');
    expect(lines).toHaveLength(41 + 99);
  });

  it('agree in every row', () => {
    const computed = lines.map((line) => {
      const [method, rate] = line.split(',');
      const size =
        method === 'svd'
          ? headSize(Number(rate), 'ceil', factoredParameters(10, 4096, 10))
          : headSize(Number(rate), 'round', 10 * 4096);
      return `${method},${rate},${size}`;
    });
    expect(computed).toEqual(lines);
  });
});
