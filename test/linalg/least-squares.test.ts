import { describe, expect, it } from 'vitest';
import { solveLeastSquares } from '../../src/linalg/least-squares.ts';
import { takeColumns, zeros } from '../../src/linalg/matrix.ts';
import { multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { pivotedQr } from '../../src/linalg/qr.ts';
import { scaleColumns } from '../../src/linalg/scale.ts';
import {
  frobenius,
  gaussian,
  largestEntry,
  residual,
  subtract,
  threeSpectra,
  withSpectrum,
} from './test-matrices.ts';

describe('solveLeastSquares', () => {
  it.each([
    ['tall', 50, 12],
    ['square', 20, 20],
    ['wide', 9, 20],
  ] as const)('has a residual orthogonal to the columns: %s C', (_, m, c) => {
    const columns = gaussian(m, c, 1);
    const a = gaussian(m, 33, 2);
    const rest = subtract(a, multiply(columns, solveLeastSquares(columns, a)));
    expect(largestEntry(multiplyTransposedLeft(columns, rest))).toBeLessThan(1e-11);
  });

  it('finds the coefficients of a combination of the columns', () => {
    const c = gaussian(40, 8, 3);
    const e = gaussian(8, 15, 4);
    expect(largestEntry(subtract(solveLeastSquares(c, multiply(c, e)), e))).toBeLessThan(1e-12);
  });

  it('does not square the condition number', () => {
    const c = withSpectrum(
      60,
      10,
      Float64Array.from({ length: 10 }, (_, i) => 10 ** -i),
      5,
    );
    const a = multiply(c, gaussian(10, 5, 6));
    expect(residual(a, c, solveLeastSquares(c, a))).toBeLessThan(1e-13 * frobenius(a));
  });

  it('gives zero rows to dependent columns, and the same projection', () => {
    const c = gaussian(30, 4, 7);
    const a = gaussian(30, 25, 8);
    const expected = multiply(c, solveLeastSquares(c, a));
    const repeated = takeColumns(c, [0, 1, 1, 2, 3, 3]);
    const solution = solveLeastSquares(repeated, a);
    expect(largestEntry(subtract(multiply(repeated, solution), expected))).toBeLessThan(1e-12);
    const zeroRows = [1, 2, 4, 5].filter((t) =>
      solution.data.subarray(t * 25, (t + 1) * 25).every((value) => value === 0),
    );
    expect(zeroRows).toHaveLength(2);
  });

  it('stays finite if there are zero and denormal columns', () => {
    const c = scaleColumns(gaussian(30, 5, 9), Float64Array.of(1, 0, 1e-40, 1, 1e-310));
    const a = gaussian(30, 6, 10);
    const solution = solveLeastSquares(c, a);
    const good = takeColumns(c, [0, 3]);
    const expected = residual(a, good, solveLeastSquares(good, a));
    expect(residual(a, c, solution)).toBeCloseTo(expected, 12);
    expect(largestEntry(solution)).toBeLessThan(10);
  });

  it('gives the same projection for scaled columns', () => {
    const c = gaussian(30, 6, 11);
    const a = gaussian(30, 20, 12);
    const scaled = scaleColumns(c, Float64Array.of(1e-3, 1, -20, 5e3, 1, 0.3));
    const difference = subtract(
      multiply(c, solveLeastSquares(c, a)),
      multiply(scaled, solveLeastSquares(scaled, a)),
    );
    expect(largestEntry(difference)).toBeLessThan(1e-11);
  });

  it.each(threeSpectra(60, 90))('obeys Pythagoras: $name', ({ a }) => {
    const c = takeColumns(a, [3, 14, 15, 33, 35, 41, 58, 70, 71, 88]);
    const squaredError = residual(a, c, solveLeastSquares(c, a)) ** 2;
    const projected = frobenius(multiply(pivotedQr(c).qt, a)) ** 2;
    expect(squaredError).toBeCloseTo(frobenius(a) ** 2 - projected, 12);
  });

  it('is zero for zero columns', () => {
    expect(solveLeastSquares(zeros(5, 3), gaussian(5, 4, 1))).toEqual(zeros(3, 4));
  });
});
