import { Matrix as MlMatrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { firstRows, type Matrix, takeRows, transpose, zeros } from '../../src/linalg/matrix.ts';
import { gram, multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { type ThinSvd, thinSvd } from '../../src/linalg/svd.ts';
import {
  frobenius,
  gaussian,
  largestEntry,
  orthonormalityError,
  subtract,
  threeSpectra,
  toFloat32,
  withSpectrum,
} from './test-matrices.ts';

function expectDecomposition(a: Matrix): ThinSvd {
  const svd = thinSvd(a);
  const { ut, s, vt } = svd;
  const rank = s.length;
  expect([ut.rows, ut.cols, vt.rows, vt.cols]).toEqual([rank, a.rows, rank, a.cols]);
  expect(orthonormalityError(ut)).toBeLessThan(1e-10);
  expect(orthonormalityError(vt)).toBeLessThan(1e-10);
  for (let t = 1; t < rank; t++) expect(s[t]!).toBeLessThanOrEqual(s[t - 1]!);
  expect(s.every((value) => value > 0)).toBe(true);
  const error = frobenius(subtract(a, multiplyTransposedLeft(scaleRows(ut, s), vt)));
  expect(error).toBeLessThanOrEqual(1e-12 * frobenius(a));
  return svd;
}

describe('thinSvd', () => {
  it.each([
    ['wide', gaussian(20, 70, 1), 20],
    ['tall', gaussian(70, 20, 1), 20],
    ['square', gaussian(30, 30, 1), 30],
    ['one row', gaussian(1, 40, 1), 1],
    ['one column', gaussian(40, 1, 1), 1],
    ['deficient wide', multiply(gaussian(40, 6, 1), gaussian(6, 80, 2)), 6],
    ['deficient tall', multiply(gaussian(80, 6, 1), gaussian(6, 40, 2)), 6],
    ['with repeated rows', takeRows(gaussian(5, 30, 3), [0, 1, 1, 2, 0, 3, 4, 4]), 5],
    ['orthogonal', thinSvd(gaussian(25, 25, 4)).ut, 25],
    ['zero', zeros(4, 7), 0],
    ['empty', zeros(0, 5), 0],
  ] as const)('decomposes a %s matrix', (_, a, rank) => {
    expect(expectDecomposition(a).s).toHaveLength(rank);
  });

  it.each(threeSpectra(60, 150))('agrees with ml-matrix: $name', ({ a }) => {
    const { s, ut, vt } = expectDecomposition(a);
    const theirs = new SingularValueDecomposition(MlMatrix.from1DArray(60, 150, a.data), {
      autoTranspose: true,
    });
    expect(s).toHaveLength(60);
    theirs.diagonal.forEach((value, t) => {
      expect(Math.abs(s[t]! - value)).toBeLessThan(1e-13 * s[0]!);
    });
    // Compares subspaces instead of vectors if values are close. The first 20 values of the step are equal.
    for (const [ours, other] of [
      [ut, theirs.leftSingularVectors],
      [vt, theirs.rightSingularVectors],
    ] as const) {
      const top = MlMatrix.from1DArray(20, ours.cols, firstRows(ours, 20).data);
      const cosines = top.mmul(other.subMatrix(0, other.rows - 1, 0, 19));
      const overlap = cosines.mmul(cosines.transpose()).sub(MlMatrix.eye(20));
      expect(Math.max(overlap.max(), -overlap.min())).toBeLessThan(1e-10);
    }
  });

  it('finds values over twelve decades, which one Gram matrix would lose', () => {
    const s = Float64Array.from({ length: 48 }, (_, i) => 10 ** (-i / 4));
    const found = expectDecomposition(withSpectrum(48, 90, s, 6)).s;
    expect(found).toHaveLength(48);
    s.forEach((value, t) => {
      expect(Math.abs(found[t]! - value)).toBeLessThan(1e-14);
    });
  });

  it('drops denormal rows of a float32 matrix, and keeps the others', () => {
    const a = gaussian(30, 50, 7);
    for (const i of [2, 3, 11]) {
      for (let j = 0; j < 50; j++) a.data[i * 50 + j]! *= 1e-41;
    }
    const { s, ut } = expectDecomposition(toFloat32(a));
    expect(s).toHaveLength(27);
    for (const i of [2, 3, 11]) {
      for (let t = 0; t < 27; t++) expect(Math.abs(ut.data[t * 30 + i]!)).toBeLessThan(1e-15);
    }
  });

  it('works at the ends of the range of float64', () => {
    const a = gaussian(12, 20, 8);
    const { s } = thinSvd(a);
    for (const scale of [2 ** -1000, 2 ** 1000]) {
      const scaled = thinSvd({ ...a, data: a.data.map((value) => value * scale) });
      expect(scaled.s.map((value) => value / scale)).toEqual(s);
    }
  });

  it('makes the largest entry of each left vector positive, for both signs of A', () => {
    const a = gaussian(15, 40, 9);
    const negative = { ...a, data: a.data.map((value) => -value) };
    expect(thinSvd(negative).ut).toEqual(thinSvd(a).ut);
    const { ut } = thinSvd(transpose(a));
    for (let t = 0; t < ut.rows; t++) {
      const row = firstRows({ ...ut, data: ut.data.subarray(t * ut.cols) }, 1);
      expect(Math.max(...row.data)).toBe(largestEntry(row));
    }
  });

  it('diagonalizes the Gram matrix', () => {
    const a = gaussian(20, 60, 10);
    const { ut, s } = thinSvd(a);
    const diagonal = multiply(multiply(ut, gram(a)), transpose(ut));
    for (let t = 0; t < 20; t++) diagonal.data[t * 20 + t]! -= s[t]! ** 2;
    expect(largestEntry(diagonal)).toBeLessThan(1e-12 * s[0]! ** 2);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses an entry of %s', (value) => {
    expect(() => thinSvd({ rows: 1, cols: 2, data: Float64Array.of(1, value) })).toThrow(
      RangeError,
    );
  });
});
