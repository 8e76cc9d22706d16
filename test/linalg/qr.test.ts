import { describe, expect, it } from 'vitest';
import { type Matrix, takeColumns, zeros } from '../../src/linalg/matrix.ts';
import { multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { pivotedQr } from '../../src/linalg/qr.ts';
import {
  frobenius,
  gaussian,
  orthonormalityError,
  subtract,
  threeSpectra,
  toFloat32,
  withSpectrum,
} from './test-matrices.ts';

function expectFactorization(a: Matrix) {
  const { qt, r, pivots, rank } = pivotedQr(a);
  expect([qt.rows, qt.cols, r.rows, r.cols]).toEqual([rank, a.rows, rank, a.cols]);
  expect([...pivots].sort((p, q) => p - q)).toEqual([...Array(a.cols).keys()]);
  expect(orthonormalityError(qt)).toBeLessThan(1e-13);
  const pivoted = takeColumns(a, pivots);
  const error = frobenius(subtract(pivoted, multiplyTransposedLeft(qt, r)));
  expect(error).toBeLessThanOrEqual(1e-12 * frobenius(a));
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < i; j++) expect(r.data[i * r.cols + j]).toBe(0);
  }
  const diagonal = Array.from({ length: rank }, (_, i) => Math.abs(r.data[i * r.cols + i]!));
  return { rank, diagonal, r };
}

describe('pivotedQr', () => {
  it.each([
    ['tall', gaussian(90, 30, 1), 30],
    ['wide', gaussian(30, 90, 1), 30],
    ['square', gaussian(40, 40, 1), 40],
    ['one row', gaussian(1, 9, 1), 1],
    ['one column', gaussian(9, 1, 1), 1],
    ['float32', toFloat32(gaussian(50, 20, 1)), 20],
    ['deficient', multiply(gaussian(60, 7, 1), gaussian(7, 50, 2)), 7],
    ['zero', zeros(6, 4), 0],
  ] as const)('factors a %s matrix', (_, a, rank) => {
    expect(expectFactorization(a).rank).toBe(rank);
  });

  it.each(threeSpectra(80, 120))('has a non-increasing diagonal that dominates: $name', ({ a }) => {
    const { diagonal, r, rank } = expectFactorization(a);
    for (let i = 0; i < rank; i++) {
      for (let j = i; j < r.cols; j++) {
        let tail = 0;
        for (let t = i; t <= Math.min(j, rank - 1); t++) tail += r.data[t * r.cols + j]! ** 2;
        expect(Math.sqrt(tail)).toBeLessThanOrEqual(diagonal[i]! * (1 + 1e-7) + 1e-15);
      }
    }
  });

  it('keeps one of each set of duplicates, and no zero or denormal column', () => {
    const base = gaussian(40, 5, 3);
    const columns = [0, 1, 1, 2, 0, 3, 4, 4, 4];
    const a = takeColumns(base, [...columns, 0, 0]);
    for (let i = 0; i < a.rows; i++) {
      a.data[i * a.cols + 9] = 0;
      a.data[i * a.cols + 10]! *= 1e-40;
    }
    const { pivots, rank } = pivotedQr(toFloat32(a));
    expect(rank).toBe(5);
    const kept = [...pivots.subarray(0, rank)].map((j) => columns[j]);
    expect(kept.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([1, -1])('does not cancel if columns are nearly unit vectors times %i', (sign) => {
    const a = gaussian(30, 12, 6);
    for (let i = 0; i < a.data.length; i++) a.data[i]! *= 1e-10;
    for (let j = 0; j < 12; j++) a.data[j * 12 + j] = sign * (20 - j);
    expect(expectFactorization(a).rank).toBe(12);
    for (let i = 0; i < a.data.length; i++) if (Math.abs(a.data[i]!) < 1) a.data[i] = 0;
    expect(expectFactorization(a).rank).toBe(12);
  });

  it('works at the ends of the range of float64', () => {
    for (const scale of [1e-300, 1e300]) {
      const a = gaussian(20, 8, 4);
      const scaled = { ...a, data: a.data.map((value) => value * scale) };
      expect(pivotedQr(scaled).pivots).toEqual(pivotedQr(a).pivots);
      expect(pivotedQr(scaled).rank).toBe(8);
    }
  });

  it('downdates norms without losing them: graded columns still come in order', () => {
    // Each column is close to the first one. They differ in the eighth digit.
    const s = Float64Array.from({ length: 12 }, (_, i) => 10 ** -i);
    const a = withSpectrum(60, 12, s, 5);
    const { diagonal, rank } = expectFactorization(a);
    expect(rank).toBe(12);
    for (let i = 1; i < rank; i++) expect(diagonal[i]!).toBeLessThanOrEqual(diagonal[i - 1]!);
    expect(diagonal[11]! / s[11]!).toBeGreaterThan(0.01);
    expect(diagonal[11]! / s[11]!).toBeLessThan(100);
  });

  it('refuses entries that are not finite', () => {
    expect(() => pivotedQr({ rows: 1, cols: 2, data: Float64Array.of(1, Number.NaN) })).toThrow(
      RangeError,
    );
  });
});
