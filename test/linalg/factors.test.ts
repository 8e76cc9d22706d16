import { describe, expect, it } from 'vitest';
import { factorizeLayer, leverageScores } from '../../src/linalg/factors.ts';
import { takeColumns, zeros } from '../../src/linalg/matrix.ts';
import { frobenius, gaussian, threeSpectra, toFloat32 } from './test-matrices.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe('factorizeLayer', () => {
  it('has norms that add up, of the values as they are stored', () => {
    const a = toFloat32(gaussian(30, 45, 1));
    const factors = factorizeLayer(a);
    const squared = frobenius(a) ** 2;
    expect(factors.squaredNorm).toBeCloseTo(squared, 9);
    expect(sum(factors.squaredColumnNorms)).toBeCloseTo(squared, 9);
    expect(sum(factors.squaredRowNorms)).toBeCloseTo(squared, 9);
    expect(sum(factors.s.map((value) => value ** 2))).toBeCloseTo(squared, 9);
    const column = takeColumns(a, [7]);
    expect(factors.squaredColumnNorms[7]).toBeCloseTo(frobenius(column) ** 2, 9);
  });

  it('slices the first vectors, and has no more than the rank', () => {
    const factors = factorizeLayer(gaussian(6, 9, 2));
    expect(factors.ut(2)).toEqual({
      ...factors.ut(6),
      rows: 2,
      data: factors.ut(6).data.subarray(0, 12),
    });
    expect([factors.vt(4).rows, factors.vt(4).cols, factors.vt(100).rows]).toEqual([4, 9, 6]);
  });

  it('has nothing but zeros for a zero layer', () => {
    const factors = factorizeLayer(zeros(3, 5));
    expect(factors.s).toHaveLength(0);
    expect(factors.vt(2).rows).toBe(0);
    expect(factors.squaredNorm).toBe(0);
  });
});

describe('leverageScores', () => {
  it.each(threeSpectra(60, 100))('lie in [0, 1] and sum to k: $name', ({ a }) => {
    const factors = factorizeLayer(a);
    for (const [vectors, count] of [
      [factors.vt(20), 100],
      [factors.ut(20), 60],
    ] as const) {
      const scores = leverageScores(vectors, 20);
      expect(scores).toHaveLength(count);
      expect(sum(scores)).toBeCloseTo(20, 9);
      expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...scores)).toBeLessThanOrEqual(1 + 1e-12);
    }
  });

  it('are all one at full rank on the short side', () => {
    const scores = leverageScores(factorizeLayer(gaussian(12, 30, 3)).ut(12), 12);
    for (const score of scores) expect(score).toBeCloseTo(1, 12);
  });
});
