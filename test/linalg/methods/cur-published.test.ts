import { describe, expect, it } from 'vitest';
import { relativeError } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { solveLeastSquares } from '../../../src/linalg/least-squares.ts';
import { type Matrix, takeColumns } from '../../../src/linalg/matrix.ts';
import { curPublished } from '../../../src/linalg/methods/cur-published.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { gaussian, threeSpectra, toFloat32 } from '../test-matrices.ts';

describe('the published CUR', () => {
  const [slow, fast] = threeSpectra(200, 600).map(({ a }) => {
    const weight = toFloat32(a);
    return { weight: () => weight, factors: factorizeLayer(weight) };
  });

  it('is the projection on columns drawn with replacement, if those are well conditioned', () => {
    const { left, right, columns, rows } = curPublished(slow!, 60, randomStream(1));
    const a = slow!.weight();
    expect(left).toEqual(takeColumns(a, columns!));
    expect(columns).toHaveLength(60);
    expect(new Set(columns).size).toBeLessThan(60);
    expect(rows).toBeUndefined();
    const exact = relativeError(a, left, solveLeastSquares(left, a));
    expect(relativeError(a, left, right) / exact).toBeCloseTo(1, 4);
  });

  it('has the noise of float32 normal equations if they are not', () => {
    const a = fast!.weight();
    for (let seed = 0; seed < 3; seed++) {
      const { left, right } = curPublished(fast!, 120, randomStream(seed));
      expect(relativeError(a, left, solveLeastSquares(left, a))).toBeLessThan(1e-6);
      // A float32 LAPACK gave 5e-4 to 5e-3 on such columns.
      const error = relativeError(a, left, right);
      expect(error).toBeGreaterThan(1e-4);
      expect(error).toBeLessThan(5e-3);
    }
  });

  it('allows more columns than rows', () => {
    const a = toFloat32(multiply(gaussian(6, 6, 1), gaussian(6, 40, 2)));
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    const { left, right } = curPublished(layer, 15, randomStream(2));
    expect(relativeError(a, left, right)).toBeLessThan(0.01);
  });

  it('does not have that noise if columns were drawn several times', () => {
    const a = toFloat32(multiply(gaussian(96, 64, 3), gaussian(64, 64, 4)));
    const layer = { weight: () => a, factors: factorizeLayer(a) };
    for (let seed = 0; seed < 4; seed++) {
      const { left, right, columns } = curPublished(layer, 48, randomStream(seed));
      expect(new Set(columns).size).toBeLessThan(40);
      const exact = relativeError(a, left, solveLeastSquares(left, a));
      expect(exact).toBeGreaterThan(0.1);
      expect(relativeError(a, left, right) / exact).toBeCloseTo(1, 4);
    }
  });

  it.each([1e-12, 1e30, 5e37])('has the same error for a layer times %d', (factor) => {
    const a = toFloat32(gaussian(20, 40, 5));
    const scaled = toFloat32({ ...a, data: Float64Array.from(a.data, (value) => value * factor) });
    const errorOf = (weight: Matrix) => {
      const layer = { weight: () => weight, factors: factorizeLayer(weight) };
      const { left, right } = curPublished(layer, 8, randomStream(1));
      return relativeError(weight, left, right);
    };
    // Its cutoff is absolute: all values below it count as zero, as in the published code.
    const expected = factor < 1e-8 ? 1 : errorOf(a);
    expect(errorOf(scaled)).toBeCloseTo(expected, 4);
  });
});
