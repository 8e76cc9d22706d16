/**
 * Layers are stored in float32: their errors and counts are those of the stored weights, for every method, form and
 * core.
 */

import { describe, expect, it } from 'vitest';
import { factorizationError, relativeOptimum } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import type { Matrix } from '../../../src/linalg/matrix.ts';
import type {
  CompressionOptions,
  Factorization,
  LayerToCompress,
} from '../../../src/linalg/methods/compression-method.ts';
import { compressionMethods } from '../../../src/linalg/methods/index.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { layerStatistics } from '../../../src/linalg/statistics.ts';
import { storedFactors } from '../../../src/linalg/stored.ts';
import { nastyMatrices } from '../nasty-matrices.ts';
import {
  frobenius,
  gaussian,
  plainProduct,
  subtract,
  toFloat32,
  withSpectrum,
} from '../test-matrices.ts';

const layers = nastyMatrices.map(({ name, a }) => {
  const statistics = layerStatistics(a, gaussian(2 * a.rows + 3, a.cols, 99));
  const layer: LayerToCompress = { weight: () => a, factors: factorizeLayer(a), statistics };
  return { name, a, layer };
});

const variants = compressionMethods.flatMap((method) =>
  (method.forms.length > 0 ? method.forms : [undefined]).flatMap((form) => {
    const cores =
      form?.startsWith('cur') && !method.ownCore ? (['best', 'cross'] as const) : [undefined];
    return cores.map((core) => {
      const options: CompressionOptions = { ...(form && { form }), ...(core && { core }) };
      return { name: [method.name, form, core].filter(Boolean).join(' '), method, options };
    });
  }),
);

/** As a reader of the file computes it, by the textbook. */
function truth(a: Matrix, { left, core, right }: Factorization): number {
  const product = plainProduct(core ? plainProduct(left, core) : left, right);
  const norm = frobenius(a);
  return norm === 0 ? frobenius(product) : frobenius(subtract(a, product)) / norm;
}

describe.each(variants)('$name', ({ method, options }) => {
  it.each(layers)('has the reported error after it is stored: $name', ({ a, layer }) => {
    const least = Math.min(a.rows, a.cols);
    for (const rank of new Set([1, Math.ceil(least / 2), least])) {
      const found = method.compress(layer, rank, randomStream(3), options);
      const stored = storedFactors(found);
      const factors = [stored.left, stored.right, ...(stored.core ? [stored.core] : [])];
      for (const { data } of factors) {
        expect(data).toBeInstanceOf(Float32Array);
        expect(data.every(Number.isFinite)).toBe(true);
      }
      expect([stored.left.cols, stored.rank]).toEqual([found.rank, found.rank]);
      const exact = truth(a, stored);
      const error = factorizationError(a, stored);
      expect(Math.abs(error - exact)).toBeLessThanOrEqual(0.01 * exact + 1e-12);
      // Rounding the factors costs little, compared with the approximation.
      const before = truth(a, found);
      expect(error).toBeLessThanOrEqual(1.05 * before + 2e-3);
      expect(error).toBeGreaterThanOrEqual(
        relativeOptimum(layer.factors, rank) * (1 - 1e-6) - 1e-7,
      );
    }
  });
});

it('three stored factors of a layer that was compressed before are close to it', () => {
  const s = Float64Array.from({ length: 50 }, (_, i) => 1 / (1 + i));
  const a = toFloat32(withSpectrum(256, 784, s, 21));
  const layer: LayerToCompress = { weight: () => a, factors: factorizeLayer(a) };
  for (const name of ['cur-deim', 'cur-qr', 'cur-leverage', 'cur-uniform']) {
    const { compress } = compressionMethods.find((method) => method.name === name)!;
    const stored = storedFactors(compress(layer, 100, randomStream(1), { form: 'cur-three' }));
    expect(truth(a, stored)).toBeLessThan(1e-5);
    expect(Math.max(...stored.core!.data.map(Math.abs))).toBeLessThan(1e5);
  }
});
