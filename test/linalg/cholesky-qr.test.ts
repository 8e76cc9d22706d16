import { expect, it } from 'vitest';
import { orthonormalizeRows } from '../../src/linalg/cholesky-qr.ts';
import { type Matrix, takeRows, zeros } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { float64Products } from '../../src/linalg/products.ts';
import {
  frobenius,
  gaussian,
  orthonormalityError,
  residual,
  withSpectrum,
} from './test-matrices.ts';

const graded = (last: number) =>
  withSpectrum(
    30,
    200,
    Float64Array.from({ length: 30 }, (_, i) => last ** (i / 29)),
    3,
  );

it.each([
  ['gaussian', gaussian(30, 200, 1), 30],
  ['of condition 1e6', graded(1e-6), 30],
  ['of condition 1e12', graded(1e-12), 30],
  ['deficient', takeRows(gaussian(5, 200, 2), [0, 1, 2, 3, 4, 4, 2, 0]), 5],
  ['with zero rows', takeRows({ ...zeros(3, 200), data: padded(200) }, [0, 2, 1]), 1],
  ['one row', gaussian(1, 9, 4), 1],
  ['square', gaussian(20, 20, 5), 20],
] as const)('X = factor rows: %s', (_, x, rank) => {
  const { rows, factor } = orthonormalizeRows<Matrix>(x, float64Products)!;
  // Rounding may add more directions. They are orthonormal like the rest.
  expect(rows.rows).toBeGreaterThanOrEqual(rank);
  expect(rows.rows).toBeLessThanOrEqual(x.rows);
  expect([factor.rows, factor.cols]).toEqual([x.rows, rows.rows]);
  expect(orthonormalityError(rows)).toBeLessThan(1e-13);
  expect(residual(x, factor, rows)).toBeLessThan(1e-13 * frobenius(x));
});

it('drops rows that depend exactly on others', () => {
  const x = gaussian(6, 40, 6);
  for (const i of [1, 4]) x.data.fill(0, i * 40, (i + 1) * 40);
  expect(orthonormalizeRows<Matrix>(x, float64Products)!.rows.rows).toBe(4);
});

it('drops short directions instead of enlarging them, if it should', () => {
  const x = takeRows(gaussian(5, 200, 2), [0, 1, 2, 3, 4, 4]);
  for (const at of [1, 4, 5]) for (let j = 0; j < 200; j++) x.data[at * 200 + j]! *= 1e-3;
  const rows = (least?: number) =>
    orthonormalizeRows<Matrix>(x, float64Products, { ...(least && { least }) })!.rows;
  expect(rows().rows).toBeGreaterThanOrEqual(5);
  expect(rows(1).rows).toBe(3);
  expect(orthonormalityError(rows(1))).toBeLessThan(1e-13);
});

it('leaves no direction short, even if the result is rough', () => {
  const { rows } = orthonormalizeRows<Matrix>(graded(1e-12), float64Products, { rough: true })!;
  expect(rows.rows).toBe(30);
  expect(orthonormalityError(rows)).toBeLessThan(0.5);
});

it('returns no rows for a zero matrix', () => {
  expect(orthonormalizeRows<Matrix>(zeros(4, 30), float64Products)).toBeUndefined();
});

it('disposes of everything except the returned rows', () => {
  let live = 1;
  const counted = {
    ...float64Products,
    upload: (a: Matrix) => {
      live++;
      return a;
    },
    times: (x: Matrix, a: Matrix) => {
      live++;
      return multiply(x, a);
    },
    dispose: () => {
      live--;
    },
  };
  orthonormalizeRows<Matrix>(graded(1e-6), counted);
  expect(live).toBe(1);
});

function padded(cols: number): Float64Array {
  const data = new Float64Array(3 * cols);
  data.fill(2, 0, cols);
  return data;
}
