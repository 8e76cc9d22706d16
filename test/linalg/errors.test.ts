import { describe, expect, it } from 'vitest';
import {
  factorizationError,
  optimalError,
  relativeError,
  relativeOptimum,
} from '../../src/linalg/errors.ts';
import { factorizeLayer } from '../../src/linalg/factors.ts';
import { takeRows, zeros } from '../../src/linalg/matrix.ts';
import { type Multiply, multiply } from '../../src/linalg/multiply.ts';
import {
  frobenius,
  gaussian,
  residual,
  subtract,
  toFloat32,
  withSpectrum,
} from './test-matrices.ts';

describe('relativeError', () => {
  it('is the error of the product, over more rows than one block holds', () => {
    const a = gaussian(600, 9, 1);
    const left = gaussian(600, 3, 2);
    const right = gaussian(3, 9, 3);
    expect(relativeError(a, left, right)).toBeCloseTo(residual(a, left, right) / frobenius(a), 12);
    expect(relativeError(multiply(left, right), left, right)).toBeLessThan(1e-15);
  });

  it.each([
    [70, 600, 300],
    [3, 700, 257],
    [130, 5, 1000],
    // More than fit into the kernel.
    [5, 6, 5000],
  ])('of %i x %i entries by factors of %i', (m, n, k) => {
    const [a, left, right] = [gaussian(m, n, 1), gaussian(m, k, 2), gaussian(k, n, 3)];
    const expected = residual(a, left, right) / frobenius(a);
    expect(relativeError(a, left, right) / expected).toBeCloseTo(1, 12);
  });

  it('has an answer for the zero matrix', () => {
    expect(relativeError(zeros(2, 3), zeros(2, 1), zeros(1, 3))).toBe(0);
    expect(relativeError(zeros(2, 3), gaussian(2, 1, 1), gaussian(1, 3, 1))).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe('factorizationError', () => {
  const [left, core, right] = [gaussian(40, 6, 1), gaussian(6, 5, 2), gaussian(5, 70, 3)];
  const near = multiply(multiply(left, core), right);
  const noise = gaussian(40, 70, 4);
  const single: Multiply = (x, y) => toFloat32(multiply(toFloat32(x), toFloat32(y)));

  it.each([0.3, 1e-4, 1e-7, 1e-10, 0])('is exact if a float32 product is not: %d', (size) => {
    const a = { ...near, data: near.data.map((value, i) => value + size * noise.data[i]!) };
    const exact = frobenius(subtract(a, near)) / frobenius(a);
    const error = factorizationError(a, { left, core, right }, single);
    expect(Math.abs(error - exact)).toBeLessThanOrEqual(0.01 * exact + 1e-15);
  });

  it('uses the given product for large errors', () => {
    const a = { ...near, data: near.data.map((value, i) => value + 0.3 * noise.data[i]!) };
    const nothing: Multiply = (x, y) => zeros(x.rows, y.cols);
    expect(factorizationError(a, { left, core, right }, nothing)).toBe(1);
  });
});

describe('optimalError', () => {
  const s = Float64Array.from({ length: 30 }, (_, i) => 2 ** -i);
  const factors = factorizeLayer(withSpectrum(30, 50, s, 4));

  it.each([0, 1, 5, 12, 25])('is the norm of the tail at rank %i, even if it is tiny', (k) => {
    const tail = Math.sqrt(s.subarray(k).reduce((sum, value) => sum + value ** 2, 0));
    expect(Math.abs(optimalError(factors, k) / tail - 1)).toBeLessThan(1e-6);
  });

  it('is zero from the numerical rank on, not the root of a rounding error', () => {
    const deficient = factorizeLayer(takeRows(gaussian(4, 60, 5), [0, 1, 2, 3, 3, 2, 1, 0]));
    expect(optimalError(deficient, 4)).toBe(0);
    expect(optimalError(deficient, 8)).toBe(0);
    expect(relativeOptimum(factorizeLayer(zeros(3, 3)), 1)).toBe(0);
  });

  it('includes the energy of unknown singular values', () => {
    const known = { s: factors.s.subarray(0, 5), squaredNorm: factors.squaredNorm };
    expect(optimalError(known, 3)).toBeCloseTo(optimalError(factors, 3), 12);
    expect(relativeOptimum(factors, 0)).toBeCloseTo(1, 14);
  });
});
