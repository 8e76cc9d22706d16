/** Properties of all methods. */

import { describe, expect, it } from 'vitest';
import { optimalError, relativeError } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { type Matrix, takeColumns, takeRows, zeros } from '../../../src/linalg/matrix.ts';
import type { LayerToCompress } from '../../../src/linalg/methods/compression-method.ts';
import { compressionMethods } from '../../../src/linalg/methods/index.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { scaleColumns, scaleRows } from '../../../src/linalg/scale.ts';
import { layerStatistics } from '../../../src/linalg/statistics.ts';
import { gaussian, residual, threeSpectra, toFloat32 } from '../test-matrices.ts';

/** A class, like a reader of files: its methods need their `this`. */
class Layer implements LayerToCompress {
  readonly #a: Matrix;
  readonly factors;
  readonly statistics;
  constructor(a: Matrix) {
    this.#a = a;
    this.factors = factorizeLayer(a);
    this.statistics = layerStatistics(a, gaussian(2 * a.rows + 3, a.cols, 99));
  }
  weight(): Matrix {
    return this.#a;
  }
}

const dead = Float64Array.from({ length: 40 }, (_, i) => [1, 0, 1e-40][i % 3]!);
const hard: readonly (readonly [string, Matrix, number])[] = [
  ['a rank above the numerical one', multiply(gaussian(40, 5, 1), gaussian(5, 60, 2)), 12],
  ['repeated columns', takeColumns(gaussian(30, 4, 3), [0, 0, 0, 1, 1, 2, 2, 2, 2, 3]), 6],
  ['repeated rows', takeRows(gaussian(4, 30, 4), [0, 0, 0, 1, 1, 2, 2, 3]), 6],
  ['zero and denormal rows', toFloat32(scaleRows(gaussian(40, 50, 5), dead)), 20],
  ['zero and denormal columns', toFloat32(scaleColumns(gaussian(50, 40, 6), dead)), 20],
  ['only zeros', zeros(9, 13), 4],
  ['one row', gaussian(1, 30, 7), 1],
  ['one column', gaussian(30, 1, 8), 1],
  ['one entry', gaussian(1, 1, 9), 1],
  ['one row and too high a rank', gaussian(1, 30, 10), 5],
  ['full rank on the short side', gaussian(12, 80, 11), 12],
  ['denormals only', toFloat32(scaleColumns(gaussian(8, 40, 12), dead.fill(1e-41))), 3],
];

it('has unique names and labels', () => {
  expect(new Set(compressionMethods.map(({ name }) => name)).size).toBe(compressionMethods.length);
  expect(new Set(compressionMethods.map(({ label }) => label)).size).toBe(
    compressionMethods.length,
  );
});

describe.each(compressionMethods)('$name', (method) => {
  it.each(hard)('has finite factors of fitting shapes for %s', (_, a, rank) => {
    const layer = new Layer(a);
    for (let seed = 0; seed < 5; seed++) {
      const { left, right, ...rest } = method.compress(layer, rank, randomStream(seed));
      expect([left.rows, left.cols]).toEqual([a.rows, rest.rank]);
      expect([right.rows, right.cols]).toEqual([rest.rank, a.cols]);
      expect(rest.rank).toBeGreaterThan(0);
      expect([...left.data, ...right.data].every(Number.isFinite)).toBe(true);
      if (method.family === 'cur') expect(rest.columns).toHaveLength(rest.rank);
      for (const [indices, count] of [
        [rest.columns ?? [], a.cols],
        [rest.rows ?? [], a.rows],
      ] as const) {
        expect([...indices].sort((p, q) => p - q)).toEqual([...indices]);
        expect([...indices].every((j) => j >= 0 && j < count)).toBe(true);
      }
    }
  });

  it('is zero for the zero matrix', () => {
    const { left, right } = method.compress(new Layer(zeros(6, 4)), 3, randomStream(1));
    expect(relativeError(zeros(6, 4), left, right)).toBe(0);
  });

  it('depends on the stream if and only if it declares that', () => {
    const layer = new Layer(gaussian(20, 50, 13));
    const run = (seed: number) => method.compress(layer, 6, randomStream(seed));
    expect(run(1)).toEqual(run(1));
    if (method.random) expect(run(1)).not.toEqual(run(2));
    else expect(run(1)).toEqual(run(2));
  });

  it('gives the same result for a float32 weight', () => {
    const a = toFloat32(gaussian(20, 50, 14));
    const wide = { ...a, data: Float64Array.from(a.data) };
    const run = (matrix: Matrix) => method.compress(new Layer(matrix), 7, randomStream(3));
    expect(run(a)).toEqual(run(wide));
  });

  it.each(threeSpectra(60, 150))('has no error below the optimum of its rank: $name', ({ a }) => {
    const layer = new Layer(a);
    for (let seed = 0; seed < 3; seed++) {
      const { left, right, rank } = method.compress(layer, 20, randomStream(seed));
      const error = residual(a, left, right);
      const optimum = optimalError(layer.factors, rank);
      expect(error).toBeGreaterThanOrEqual(optimum * (1 - 1e-9));
      if (method.family === 'svd' && !method.needsStatistics) {
        expect(error / optimum).toBeCloseTo(1, 9);
      }
    }
  });
});
