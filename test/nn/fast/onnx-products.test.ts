/** Products on ONNX Runtime are those of float64 but for rounding, and have the same bytes on any number of threads. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Matrix, transpose } from '../../../src/linalg/matrix.ts';
import { float64Products, type Products } from '../../../src/linalg/products.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { randomizedSvd } from '../../../src/linalg/randomized-svd.ts';
import { thinSvd } from '../../../src/linalg/svd.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { backendMultiply, backendProducts } from '../../../src/nn/products.ts';
import { deficientMatrices } from '../../linalg/deficient-matrices.ts';
import { gaussian, largestEntry, subtract, toFloat32 } from '../../linalg/test-matrices.ts';
import { expectLeadingTriplets } from '../../linalg/triplet-law.ts';
import { hasOnnx, threadCounts, useThreads } from './onnx.ts';

/** Rows of x, and rows and columns of A. */
type Sizes = readonly [number, number, number];

const sizes: readonly Sizes[] = [
  [5, 40, 30],
  // A thread might have a single row, or none.
  [1, 1, 1],
  [1, 300, 70],
  [2, 3, 20_000],
  [3, 20_000, 2],
  [7, 9, 5_000],
  [40, 3, 9_000],
  [76, 500, 1500],
  [300, 500, 20],
];

/** Each operation on factors of different layouts. */
function results([k, m, n]: Sizes, products: Products): readonly Matrix[] {
  const given = [gaussian(k, m, 1), gaussian(m, n, 2), gaussian(k, n, 3)].map(toFloat32);
  const [x, a, y] = given.map((one) => products.upload(one)) as [unknown, unknown, unknown];
  const image = products.times(x, a);
  const back = products.timesTransposed(image, a);
  const made = [
    ...[image, back, products.timesTransposed(y, a), products.timesTransposed(x, x)],
    ...[products.minus(image, y), products.minus(y, image), products.minus(x, back)],
    ...[products.stack([y, image, y]), products.stack([back, x]), products.stack([image])],
  ];
  const all = [...made, ...given.map((one) => products.upload(one))];
  const matrices = [...all.map((one) => products.download(one)), products.gram(image)];
  for (const one of [x, a, y, ...all]) products.dispose(one);
  return matrices;
}

const bytesOf = (matrices: readonly Matrix[]) =>
  matrices.map(({ rows, cols, data: { buffer, byteOffset, byteLength } }) => {
    const bytes = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    return `${rows} ${cols} ${bytes}`;
  });

describe.skipIf(!hasOnnx)('on onnx (skipped where onnxruntime-node is not installed)', () => {
  beforeAll(async () => void (await startBackend('onnx')));
  afterAll(() => useThreads(1));

  test.each(sizes)('%i rows, and a matrix of %i x %i', (...shape) => {
    const expected = results(shape, float64Products);
    const found = threadCounts.map((threads) => {
      useThreads(threads);
      return results(shape, backendProducts());
    });
    found[0]!.forEach((matrix, index) => {
      const exact = expected[index]!;
      expect([matrix.rows, matrix.cols]).toEqual([exact.rows, exact.cols]);
      const error = largestEntry(subtract(matrix, exact));
      expect(error).toBeLessThanOrEqual(1e-5 * largestEntry(exact));
    });
    for (const others of found.slice(1)) expect(bytesOf(others)).toEqual(bytesOf(found[0]!));
  });

  test.each(sizes)(
    'with a stack of %i rows each, from %i x %i: the bytes of one product',
    (k, m, n) => {
      const [x, a, y] = [gaussian(k, m, 1), gaussian(m, n, 2), gaussian(k + 2, 3 * k, 3)];
      const found = threadCounts.map((threads) => {
        useThreads(threads);
        const products = backendProducts();
        const left = products.upload(y);
        const block = products.times(products.upload(x), products.upload(a));
        const blocks = [block, products.minus(block, block), block];
        return [products.timesStack(left, blocks), products.times(left, products.stack(blocks))];
      });
      const bytes = found.flat().map((one) => bytesOf([backendProducts().download(one)]));
      for (const one of bytes) expect(one).toEqual(bytes[0]);
    },
  );

  test('operands stay where they are, and are not written to', () => {
    const [x, a] = [gaussian(30, 200, 1), gaussian(200, 300, 2)].map(toFloat32) as [Matrix, Matrix];
    const products = backendProducts();
    const handle = products.upload(a);
    expect(products.download(handle).data).toBe(a.data);
    const before = a.data.slice();
    products.times(products.upload(x), handle);
    expect(a.data).toEqual(before);
  });

  test.each(deficientMatrices)('an SVD has each direction once: a matrix $name', ({ a }) => {
    const exact = thinSvd(a).s;
    const products = backendProducts();
    for (const matrix of [a, toFloat32(transpose(a))]) {
      const svd = randomizedSvd(matrix, 20, randomStream(1, 'test'), products);
      const law = { exact, roundoff: products.roundoff, excess: 0.01 };
      expectLeadingTriplets(matrix, 20, svd, law);
    }
  });

  test('an SVD has the same bytes on each number of threads', () => {
    const low = backendMultiply()(gaussian(600, 90, 1), gaussian(90, 800, 2));
    for (const matrix of [low, toFloat32(transpose(low))]) {
      const found = threadCounts.map((threads) => {
        useThreads(threads);
        return randomizedSvd(matrix, 30, randomStream(1, 'test'), backendProducts());
      });
      for (const { s, ut, vt } of found.slice(1)) {
        expect(s).toEqual(found[0]!.s);
        expect(bytesOf([ut, vt])).toEqual(bytesOf([found[0]!.ut, found[0]!.vt]));
      }
    }
  });

  test('200 products leave no memory behind', () => {
    const multiply = backendMultiply();
    const [a, b] = [gaussian(100, 500, 1), gaussian(500, 2000, 2)];
    const repeated = (times: number) => {
      for (let i = 0; i < times; i++) multiply(a, b);
      return process.memoryUsage.rss() / 2 ** 20;
    };
    const before = repeated(50);
    const after = repeated(200);
    console.log(`${before.toFixed(0)} MiB after 50 products, ${after.toFixed(0)} after 250`);
    expect(after - before).toBeLessThan(150);
  });
});
