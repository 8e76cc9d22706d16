import { describe, expect, it } from 'vitest';
import { optimalError } from '../../src/linalg/errors.ts';
import { factorizeLayer, isLargeLayer, leverageScores } from '../../src/linalg/factors.ts';
import { type Matrix, takeColumns, zeros } from '../../src/linalg/matrix.ts';
import { blocks, filled } from './deficient-matrices.ts';
import { frobenius, gaussian, threeSpectra, toFloat32 } from './test-matrices.ts';
import { expectLeadingTriplets } from './triplet-law.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe('factorizeLayer', () => {
  it('has consistent norms of the stored values', () => {
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

  it('has only zeros for a zero layer', () => {
    const factors = factorizeLayer(zeros(3, 5));
    expect(factors.s).toHaveLength(0);
    expect(factors.vt(2).rows).toBe(0);
    expect(factors.squaredNorm).toBe(0);
  });
});

describe('factorizeLayer of a large layer', () => {
  // Singular values 1, 0.9, 0.81, ... on a diagonal, so the least errors are known.
  const a = diagonal(520, 600, (i) => 0.9 ** i);
  const known = { s: Float64Array.from({ length: 520 }, (_, i) => 0.9 ** i), squaredNorm: 0 };
  for (const value of known.s) known.squaredNorm += value ** 2;

  it('has the vectors for the rank, and reports that there are more', () => {
    const factors = factorizeLayer(a, { rank: 30 });
    expect([factors.s.length, factors.ut(99).rows, factors.vt(99).rows]).toEqual([30, 30, 30]);
    expect([factors.truncated, factors.iterated]).toEqual([true, true]);
    expect(known).not.toHaveProperty('iterated');
    for (const k of [1, 7, 30]) {
      expect(optimalError(factors, k) / optimalError(known, k)).toBeCloseTo(1, 5);
    }
  });

  it('has all vectors if there are no more', () => {
    const factors = factorizeLayer(
      diagonal(520, 600, (i) => (i < 4 ? 2 : 0)),
      { rank: 30 },
    );
    expect(factors.s).toHaveLength(4);
    expect(factors).not.toHaveProperty('truncated');
    expect(factors.iterated).toBe(true);
  });

  it.each([
    ['constant', filled(700, 1000, () => 0.02), [Math.fround(0.02) * Math.sqrt(700 * 1000)]],
    [
      'with one constant column',
      filled(600, 520, (_, j) => (j === 3 ? 2 : 0)),
      [2 * Math.sqrt(600)],
    ],
    ['of 38 equal blocks', blocks(532, 640, 14, (i) => (i < 38 ? 1 : 0)), Array(38).fill(14)],
  ] as const)('has each direction once: a matrix %s', (_, a, exact) => {
    const factors = factorizeLayer(a, { rank: 40 });
    const svd = { ut: factors.ut(40), s: factors.s, vt: factors.vt(40) };
    const law = { exact: Float64Array.from(exact), roundoff: 2 ** -53, excess: 0 };
    expect(factors.s).toHaveLength(exact.length);
    expectLeadingTriplets(a, 40, svd, law);
  });

  it('requests products only if they are used', () => {
    const products = () => {
      throw new Error('asked');
    };
    expect(isLargeLayer(512, 9000)).toBe(false);
    expect(factorizeLayer(gaussian(20, 30, 1), { rank: 2, products }).s).toHaveLength(20);
    expect(isLargeLayer(600, 520)).toBe(true);
    expect(() => factorizeLayer(a, { rank: 2, products })).toThrow('asked');
  });
});

function diagonal(rows: number, cols: number, at: (i: number) => number): Matrix {
  const a = zeros(rows, cols);
  for (let i = 0; i < Math.min(rows, cols); i++) a.data[i * cols + i] = at(i);
  return a;
}

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
