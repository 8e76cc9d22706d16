import { describe, expect, it } from 'vitest';
import { optimalError } from '../../src/linalg/errors.ts';
import { gramSvd } from '../../src/linalg/gram-svd.ts';
import { type Matrix, takeRows, transpose, zeros } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { float64Products } from '../../src/linalg/products.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { largestRank, randomizedSvd } from '../../src/linalg/randomized-svd.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import type { TruncatedSvd } from '../../src/linalg/truncated-svd.ts';
import { deficientMatrices } from './deficient-matrices.ts';
import {
  frobenius,
  gaussian,
  orthonormalityError,
  residual,
  subtract,
  threeSpectra,
  toFloat32,
  withSpectrum,
} from './test-matrices.ts';
import { expectLeadingTriplets } from './triplet-law.ts';

const svdOf = (a: Matrix, rank: number, seed = 1) =>
  randomizedSvd(a, rank, randomStream(seed, 'test'), float64Products);

function errorOf(a: Matrix, { ut, s, vt }: TruncatedSvd): number {
  return residual(a, transpose(ut), scaleRows(vt, s));
}

/** The error divided by the least error of the rank, minus one. */
function excess(a: Matrix, svd: TruncatedSvd): number {
  const exact = { s: thinSvd(a).s, squaredNorm: frobenius(a) ** 2 };
  return errorOf(a, svd) / optimalError(exact, svd.s.length) - 1;
}

describe('randomizedSvd', () => {
  it.each(threeSpectra(200, 300))('is within 0.1% of the least error: $name', ({ a }) => {
    for (const matrix of [a, transpose(a), toFloat32(a)]) {
      for (const rank of [1, 20, 60]) {
        const svd = svdOf(matrix, rank);
        expect(svd.s).toHaveLength(rank);
        expect([svd.ut.rows, svd.ut.cols]).toEqual([rank, matrix.rows]);
        expect([svd.vt.rows, svd.vt.cols]).toEqual([rank, matrix.cols]);
        expect(excess(matrix, svd)).toBeLessThan(1e-3);
        expect(orthonormalityError(svd.ut)).toBeLessThan(1e-9);
        expect(orthonormalityError(svd.vt)).toBeLessThan(1e-9);
      }
    }
  });

  it('finds more equal values than a half block has rows', () => {
    for (const equal of [12, 15, 20, 26, 30]) {
      const s = Float64Array.from({ length: 150 }, (_, i) => (i < equal ? 1 : 0.01));
      const a = withSpectrum(150, 180, s, 5);
      const svd = svdOf(a, 20);
      const missing = svd.s.findIndex((value, i) => value < (i < equal ? 0.999 : 0.0099));
      expect([equal, missing]).toEqual([equal, -1]);
    }
  });

  it('has values and vectors of the exact SVD, signs included', () => {
    const s = Float64Array.from({ length: 120 }, (_, i) => 0.7 ** i);
    const a = withSpectrum(120, 160, s, 8);
    const [found, exact] = [svdOf(a, 10), thinSvd(a, 10)];
    found.s.forEach((value, t) => {
      expect(Math.abs(value - s[t]!)).toBeLessThan(1e-12);
    });
    expect(frobenius(subtract(found.ut, exact.ut))).toBeLessThan(1e-6);
    expect(frobenius(subtract(found.vt, exact.vt))).toBeLessThan(1e-6);
  });

  it.each([
    ['deficient', multiply(gaussian(120, 6, 1), gaussian(6, 150, 2)), 6],
    ['with few different rows', repeated(gaussian(4, 150, 3), 120), 4],
    ['of one entry', single(120, 150), 1],
    ['zero', zeros(120, 150), 0],
  ] as const)('has no more triplets than the rank of a matrix %s', (_, a, rank) => {
    for (const matrix of [a, transpose(a)]) {
      const svd = svdOf(matrix, 20);
      expect(svd.s).toHaveLength(rank);
      expect(errorOf(matrix, svd)).toBeLessThanOrEqual(1e-12 * frobenius(matrix));
    }
  });

  it.each(deficientMatrices)('has each direction once: a matrix $name', ({ a }) => {
    const law = { exact: thinSvd(a).s, roundoff: float64Products.roundoff, excess: 0.01 };
    for (const matrix of [a, transpose(a)]) {
      for (const seed of [1, 2]) {
        expectLeadingTriplets(matrix, 20, svdOf(matrix, 20, seed), law);
      }
      expectLeadingTriplets(matrix, a.rows, gramSvd(matrix, float64Products), law);
    }
  });

  it('finds weak directions beside a strong one without a second computation', () => {
    const s = Float64Array.from({ length: 300 }, (_, i) =>
      i < 25 ? 1 : i < 26 ? 0.1 : i < 40 ? 1e-10 : 1e-13,
    );
    const a = withSpectrum(300, 400, s, 3);
    let started = 0;
    const counted = {
      ...float64Products,
      times: (x: Matrix, y: Matrix) => {
        if (y === a && x.rows === 50) started++;
        return multiply(x, y);
      },
    };
    const svd = randomizedSvd(a, 40, randomStream(0, 'test'), counted);
    expect(started).toBe(0);
    expect(svd.s).toHaveLength(40);
    expect(svd.s[39]! / 1e-10).toBeCloseTo(1, 4);
  });

  it('works with tiny and huge entries, and with denormal rows', () => {
    const a = gaussian(120, 150, 4);
    for (const i of [3, 50, 51]) for (let j = 0; j < 150; j++) a.data[i * 150 + j]! *= 1e-41;
    const { s } = svdOf(toFloat32(a), 20);
    for (const scale of [2 ** -120, 2 ** 100]) {
      const scaled = toFloat32({ ...a, data: a.data.map((value) => value * scale) });
      const svd = svdOf(scaled, 20);
      svd.s.forEach((value, t) => {
        expect(Math.abs(value / scale - s[t]!)).toBeLessThan(1e-6 * s[0]!);
      });
    }
  });

  it('depends only on its stream', () => {
    const a = gaussian(120, 150, 5);
    expect(svdOf(a, 20, 3)).toEqual(svdOf(a, 20, 3));
    expect(svdOf(a, 20, 3)).not.toEqual(svdOf(a, 20, 4));
  });

  it('accepts its largest rank, and refuses entries that are not finite', () => {
    const a = gaussian(150, 160, 6);
    expect(excess(a, svdOf(a, largestRank(150, 160)))).toBeLessThan(1e-2);
    a.data[17] = Number.NaN;
    expect(() => svdOf(a, 10)).toThrow(RangeError);
  });
});

describe('gramSvd', () => {
  it.each(threeSpectra(60, 90))('is the SVD: $name', ({ a }) => {
    for (const matrix of [a, transpose(a), toFloat32(transpose(a))]) {
      const svd = gramSvd(matrix, float64Products);
      expect(errorOf(matrix, svd)).toBeLessThan(1e-12 * frobenius(matrix));
      expect(orthonormalityError(svd.ut)).toBeLessThan(1e-10);
      expect(orthonormalityError(svd.vt)).toBeLessThan(1e-10);
    }
  });

  it('returns nothing for a zero matrix', () => {
    expect(gramSvd(zeros(4, 6), float64Products).s).toHaveLength(0);
  });
});

function repeated(a: Matrix, rows: number): Matrix {
  return takeRows(
    a,
    Array.from({ length: rows }, (_, i) => i % a.rows),
  );
}

function single(rows: number, cols: number): Matrix {
  const a = zeros(rows, cols);
  a.data[cols + 2] = -3;
  return a;
}
