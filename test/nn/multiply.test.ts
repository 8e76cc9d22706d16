/** Large layers are compressed with the backend's products. Only the last bits change. */
import { expect, test } from 'vitest';
import { relativeError } from '../../src/linalg/errors.ts';
import { factorizeLayer } from '../../src/linalg/factors.ts';
import { solveLeastSquares } from '../../src/linalg/least-squares.ts';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { methodNamed } from '../../src/linalg/methods/index.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { backendMultiply } from '../../src/nn/products.ts';
import { backends } from './kernels/differentiate.ts';

const [m, n, k] = [96, 240, 17];
const random = randomStream(4, 'layer');
/** With a decaying spectrum. */
const layer: Matrix = multiply(
  {
    rows: m,
    cols: m,
    data: Float64Array.from({ length: m * m }, (_, i) => random.normal() / (1 + (i % m))),
  },
  { rows: m, cols: n, data: Float64Array.from({ length: m * n }, random.normal) },
);
const factors = factorizeLayer(layer);

test.each(backends.filter((name) => name !== 'webgpu'))(
  'least squares, cores and errors by the products of %s',
  async (backend) => {
    await startBackend(backend);
    const product = backendMultiply();
    const near = (a: Matrix, b: Matrix): number =>
      Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!))) /
      Math.max(...Array.from(b.data, Math.abs));
    const c = multiply(layer, {
      rows: n,
      cols: k,
      data: new Float64Array(n * k).fill(0).map((_, i) => (i % (k + 1) === 0 ? 1 : 0)),
    });
    const exact = solveLeastSquares(c, layer);
    expect(near(solveLeastSquares(c, layer, product), exact)).toBeLessThan(1e-4);
    for (const [form, columns] of [
      ['columns', true],
      ['rows', false],
      ['cur', true],
    ] as const) {
      const compress = (given: object) =>
        methodNamed('cur-deim').compress(
          { weight: () => layer, factors, ...given },
          k,
          randomStream(0, 'x'),
          { form },
        );
      const [plain, fast] = [compress({}), compress({ multiply: product })];
      if (columns) expect(fast.columns).toEqual(plain.columns);
      const errors = [
        relativeError(layer, plain.left, plain.right),
        relativeError(layer, fast.left, fast.right),
        relativeError(layer, fast.left, fast.right, product),
      ];
      for (const error of errors) expect(error).toBeCloseTo(errors[0]!, 5);
    }
  },
);
