/** Every method leaves its m n k products with a large layer to the fastest available implementation. */

import { describe, expect, it } from 'vitest';
import { relativeError } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import type { LayerToCompress } from '../../../src/linalg/methods/compression-method.ts';
import { compressionMethods } from '../../../src/linalg/methods/index.ts';
import { type Multiply, multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { layerStatistics } from '../../../src/linalg/statistics.ts';
import { gaussian, threeSpectra, toFloat32 } from '../test-matrices.ts';

const a = toFloat32(threeSpectra(60, 150)[0]!.a);
const statistics = layerStatistics(a, gaussian(200, 150, 9));
const layer: LayerToCompress = { weight: () => a, factors: factorizeLayer(a), statistics };
const K = 20;

/** The methods that multiply by the weight for other purposes than selecting columns. */
const multiplying = compressionMethods.filter(
  ({ name, family }) => (family === 'cur' && name !== 'cur-lineartime') || name === 'svd-output',
);

describe.each(multiplying)('$name', ({ compress }) => {
  it('uses the given product for products with the weight', () => {
    const sizes: number[] = [];
    const single: Multiply = (x, y) => {
      sizes.push(x.rows * x.cols * y.cols);
      return toFloat32(multiply(toFloat32(x), toFloat32(y)));
    };
    const found = compress({ ...layer, multiply: single }, K, randomStream(2));
    const alone = compress(layer, K, randomStream(2));
    // Columns that were drawn twice span less.
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual((60 * 150 * found.rank) / 2);
    expect(found.columns).toEqual(alone.columns);
    const [error, exact] = [found, alone].map(({ left, right }) => relativeError(a, left, right));
    expect(error! / exact!).toBeCloseTo(1, 5);
  });
});
