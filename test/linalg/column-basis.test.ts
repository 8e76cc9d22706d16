import { describe, expect, it } from 'vitest';
import { columnBasis, rowBasis } from '../../src/linalg/column-basis.ts';
import { takeColumns, transpose, zeros } from '../../src/linalg/matrix.ts';
import { multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { scaleColumns } from '../../src/linalg/scale.ts';
import {
  frobenius,
  gaussian,
  largestEntry,
  orthonormalityError,
  residual,
  subtract,
  withSpectrum,
} from './test-matrices.ts';

const graded = (condition: number) =>
  withSpectrum(
    90,
    30,
    Float64Array.from({ length: 30 }, (_, i) => condition ** (-i / 29)),
    3,
  );

describe.each([
  ['gaussian', gaussian(60, 20, 1), 20, 1e-14],
  ['square', gaussian(40, 40, 2), 40, 1e-12],
  ['wide', gaussian(20, 50, 3), 20, 1e-14],
  ['one column', gaussian(9, 1, 4), 1, 1e-15],
  ['of condition 30', graded(30), 30, 1e-13],
  ['of condition 300', graded(300), 30, 1e-11],
  ['of condition 1e6', graded(1e6), 30, 1e-13],
  ['of condition 1e10', graded(1e10), 30, 1e-13],
  ['deficient', takeColumns(gaussian(40, 6, 5), [0, 1, 2, 2, 3, 4, 5, 0]), 6, 1e-14],
  ['with zero columns', scaleColumns(gaussian(30, 4, 6), Float64Array.of(1, 0, 1, 0)), 2, 1e-14],
  [
    'of columns of all sizes',
    scaleColumns(gaussian(30, 5, 7), Float64Array.of(1e-10, 1, 1e10, 3e-4, 20)),
    5,
    1e-14,
  ],
  [
    'at the end of the range of float64',
    scaleColumns(gaussian(30, 2, 8), Float64Array.of(1e-300, 2e-300)),
    2,
    1e-14,
  ],
  ['zero', zeros(7, 3), 0, 0],
] as const)('the basis of columns: %s', (_, c, rank, tolerance) => {
  const { qt, coefficients } = columnBasis(c);

  it('is orthonormal', () => {
    expect([qt.rows, qt.cols]).toEqual([rank, c.rows]);
    expect(orthonormalityError(qt)).toBeLessThanOrEqual(tolerance);
  });

  it('spans them', () => {
    const projected = multiplyTransposedLeft(qt, multiply(qt, c));
    expect(frobenius(subtract(c, projected))).toBeLessThanOrEqual(tolerance * 10 * frobenius(c));
  });

  it('gives the coefficients of the columns', () => {
    const b = gaussian(rank, 4, 9);
    const expected = multiplyTransposedLeft(qt, b);
    const e = coefficients({ ...b, data: b.data.slice() });
    expect([e.rows, e.cols]).toEqual([c.cols, 4]);
    // Relative to the terms of the sum.
    const size = c.cols * largestEntry(c) * largestEntry(e) + 1;
    expect(residual(expected, c, e)).toBeLessThanOrEqual(tolerance * size);
  });

  it('is that of the transposed rows', () => {
    expect(rowBasis(transpose(c)).qt).toEqual(qt);
  });
});

it('uses products for scaled columns too, and finds the same directions', () => {
  const c = gaussian(50, 12, 10);
  const scaled = scaleColumns(
    c,
    Float64Array.from({ length: 12 }, (_, i) => 2 ** (i - 6)),
  );
  const apart = subtract(columnBasis(scaled).qt, columnBasis(c).qt);
  expect(largestEntry(apart)).toBeLessThan(1e-14);
});

it('refuses entries that are not finite', () => {
  const c = gaussian(5, 3, 11);
  c.data[4] = Number.NaN;
  expect(() => columnBasis(c)).toThrow(RangeError);
});
