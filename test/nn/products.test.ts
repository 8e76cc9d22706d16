import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { optimalError } from '../../src/linalg/errors.ts';
import { gramSvd } from '../../src/linalg/gram-svd.ts';
import { type Matrix, transpose } from '../../src/linalg/matrix.ts';
import { multiply, multiplyTransposedRight } from '../../src/linalg/multiply.ts';
import { float64Products, type Products } from '../../src/linalg/products.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { randomizedSvd } from '../../src/linalg/randomized-svd.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { backendProducts } from '../../src/nn/products.ts';
import { deficientMatrices } from '../linalg/deficient-matrices.ts';
import {
  frobenius,
  gaussian,
  largestEntry,
  orthonormalityError,
  residual,
  subtract,
  threeSpectra,
  toFloat32,
} from '../linalg/test-matrices.ts';
import { expectLeadingTriplets } from '../linalg/triplet-law.ts';

/** Runs `work` with a backend's products and with float64 products. No tensor may be left. */
async function onBoth<T>(
  backend: 'wasm' | 'cpu',
  work: (products: Products) => T,
): Promise<readonly [T, T]> {
  await startBackend(backend);
  const before = tf.memory().numTensors;
  const found = work(backendProducts());
  expect(tf.memory().numTensors).toBe(before);
  return [found, work(float64Products)];
}

function expectClose(actual: Matrix, expected: Matrix): void {
  expect([actual.rows, actual.cols]).toEqual([expected.rows, expected.cols]);
  expect(largestEntry(subtract(actual, expected))).toBeLessThan(1e-5 * largestEntry(expected));
}

describe.each(['wasm', 'cpu'] as const)('products on %s', (backend) => {
  it('agree with float64', async () => {
    const [x, y, a] = [gaussian(5, 40, 1), gaussian(5, 40, 2), gaussian(40, 30, 3)];
    const w = gaussian(3, 15, 4);
    const [found, expected] = await onBoth(backend, (products) => {
      const [hx, hy, ha, hb, hw] = [x, y, a, transpose(a), w].map((one) => products.upload(one));
      const made = [
        products.times(hx, ha),
        products.timesTransposed(hx, hb),
        products.minus(hx, hy),
        products.stack([hx, hy, hx]),
        products.timesStack(hw, [hx, hy, hx]),
      ];
      const all = [...made.map((one) => products.download(one)), products.gram(hx)];
      for (const one of [hx, hy, ha, hb, hw, ...made]) products.dispose(one);
      return all;
    });
    found.forEach((matrix, i) => {
      expectClose(matrix, expected[i]!);
    });
  });
});

it('keep a large matrix transposed until it is disposed of', async () => {
  const [x, a] = [gaussian(2, 4100, 1), toFloat32(gaussian(4100, 4100, 2))];
  const [found] = await onBoth('wasm', (products) => {
    const [hx, ha] = [products.upload(x), products.upload(a)];
    const made = [products.times(hx, ha), products.timesTransposed(hx, ha)];
    const all = made.map((one) => products.download(one));
    for (const one of [hx, ha, ...made]) products.dispose(one);
    return all;
  });
  expectClose(found[0]!, multiply(x, a));
  expectClose(found[1]!, multiplyTransposedRight(x, a));
});

describe('SVD in float32', () => {
  it.each(threeSpectra(200, 300))('is within 0.1% of the least error: $name', async ({ a }) => {
    for (const matrix of [toFloat32(a), toFloat32(transpose(a))]) {
      const exact = { s: thinSvd(matrix).s, squaredNorm: frobenius(matrix) ** 2 };
      await onBoth('wasm', (products) => {
        const svd = randomizedSvd(matrix, 20, randomStream(1, 'test'), products);
        const error = residual(matrix, transpose(svd.ut), scaleRows(svd.vt, svd.s));
        expect(error / optimalError(exact, 20) - 1).toBeLessThan(1e-3);
        expect(orthonormalityError(svd.ut)).toBeLessThan(3e-6);
        expect(orthonormalityError(svd.vt)).toBeLessThan(3e-6);
        svd.s.forEach((value, t) => {
          expect(Math.abs(value - exact.s[t]!)).toBeLessThan(1e-3 * exact.s[t]!);
        });
      });
    }
  });

  it.each(deficientMatrices)('has each direction once: a matrix $name', async ({ a }) => {
    const exact = thinSvd(a).s;
    await startBackend('wasm');
    const products = backendProducts();
    for (const matrix of [a, toFloat32(transpose(a))]) {
      const svd = randomizedSvd(matrix, 20, randomStream(1, 'test'), products);
      const law = { exact, roundoff: products.roundoff, excess: 0.01 };
      expectLeadingTriplets(matrix, 20, svd, law);
    }
  });

  it('has no triplets that are only rounding', async () => {
    const a = toFloat32(multiply(gaussian(120, 6, 1), gaussian(6, 150, 2)));
    const [counts] = await onBoth('wasm', (products) => [
      randomizedSvd(a, 20, randomStream(1, 'test'), products).s.length,
      gramSvd(a, products).s.length,
    ]);
    expect(counts).toEqual([6, 6]);
  });

  it('is complete for a matrix by Gram matrices', async () => {
    const a = toFloat32(gaussian(90, 60, 3));
    await onBoth('wasm', (products) => {
      const { ut, s, vt } = gramSvd(a, products);
      expect(s).toHaveLength(60);
      expect(residual(a, transpose(ut), scaleRows(vt, s))).toBeLessThan(1e-6 * frobenius(a));
    });
  });
});
