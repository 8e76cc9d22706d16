import { describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../src/linalg/factors.ts';
import { type Matrix, transpose } from '../../src/linalg/matrix.ts';
import { methodNamed } from '../../src/linalg/methods/index.ts';
import type { MethodName } from '../../src/linalg/methods/names.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { scaleColumns, scaleRows } from '../../src/linalg/scale.ts';
import { layerStatistics } from '../../src/linalg/statistics.ts';
import { frobenius, gaussian, orthonormalityError, subtract } from './test-matrices.ts';

/** Inputs of very different sizes that depend on each other and have a mean. */
function inputsOf(count: number, n: number): Matrix {
  const scales = Float64Array.from({ length: n }, (_, j) => 10 ** ((j % 4) - 2));
  const x = scaleColumns(multiply(gaussian(count, 9, 1), gaussian(9, n, 2)), scales);
  for (let i = 0; i < x.data.length; i++) x.data[i]! += 3 * scales[i % n]!;
  return x;
}

describe.each([
  [300, 'more samples than outputs'],
  [20, 'fewer'],
])('%i samples: %s', (count) => {
  const a = gaussian(30, 40, 3);
  const x = inputsOf(count, 40);
  const statistics = layerStatistics(a, x);
  const layer = { weight: () => a, factors: factorizeLayer(a), statistics };
  const outputs = multiply(a, transpose(x));

  /** ||(A - A') X - bias||_F over the samples. */
  const outputError = (name: MethodName, rank: number) => {
    const { left, right, bias } = methodNamed(name).compress(layer, rank, randomStream(0));
    const found = multiply(left, multiply(right, transpose(x)));
    const shift = { rows: 30, cols: 1, data: bias ?? new Float64Array(30) };
    const shifted = multiply(shift, {
      rows: 1,
      cols: count,
      data: new Float64Array(count).fill(1),
    });
    return frobenius(subtract(subtract(outputs, found), shifted));
  };

  it('gives the nearest outputs of a rank, at the distance that the singular values of the centred outputs give', () => {
    const mean = outputs.data.slice();
    for (let i = 0; i < 30; i++) {
      const row = mean.subarray(i * count, (i + 1) * count);
      const middle = row.reduce((sum, value) => sum + value, 0) / count;
      for (let j = 0; j < count; j++) row[j]! -= middle;
    }
    const { s } = factorizeLayer({ ...outputs, data: mean });
    for (const rank of [1, 4, 8]) {
      const optimum = Math.hypot(...s.subarray(rank));
      expect(outputError('svd-output', rank)).toBeCloseTo(optimum, 6);
      expect(outputError('svd', rank)).toBeGreaterThan(optimum);
      expect(outputError('svd-activation', rank)).toBeGreaterThan(optimum);
    }
  });

  it('weighs columns by the size of their inputs', () => {
    expect(outputError('svd-activation', 12)).toBeLessThan(outputError('svd', 12));
    expect(outputError('cur-activation', 12)).toBeLessThan(outputError('cur-deim', 12));
  });

  it('has the moments, orthonormal vectors, and factors of the scaled weight', () => {
    expect(orthonormalityError(statistics.outputVectors)).toBeLessThan(1e-10);
    const j = 7;
    const column = Float64Array.from({ length: count }, (_, i) => x.data[i * 40 + j]!);
    const mean = column.reduce((sum, value) => sum + value, 0) / count;
    const square = column.reduce((sum, value) => sum + value ** 2, 0) / count;
    expect(statistics.inputMean[j]).toBeCloseTo(mean, 12);
    expect(statistics.inputScale[j]).toBeCloseTo(Math.sqrt(square), 12);
    const { scaled } = statistics;
    const again = multiply(transpose(scaled.ut(30)), scaleRows(scaled.vt(30), scaled.s));
    expect(frobenius(subtract(again, scaleColumns(a, statistics.inputScale)))).toBeLessThan(1e-9);
  });
});

it('stays finite if inputs or outputs never vary', () => {
  const a = gaussian(5, 6, 1);
  for (const value of [0, 1]) {
    const x = { rows: 4, cols: 6, data: new Float64Array(24).fill(value) };
    const layer = {
      weight: () => a,
      factors: factorizeLayer(a),
      statistics: layerStatistics(a, x),
    };
    for (const name of ['svd-output', 'svd-activation', 'cur-activation'] as const) {
      const { left, right } = methodNamed(name).compress(layer, 3, randomStream(0));
      expect([...left.data, ...right.data].every(Number.isFinite)).toBe(true);
    }
  }
});
