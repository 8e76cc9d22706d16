/** Layers compared with plain loops, and wasm with the cpu backend. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { foldCopies } from '../../../src/nn/kernels/copies.ts';
import { dense, relu } from '../../../src/nn/kernels/dense.ts';
import { maxPool, poolAndFlatten } from '../../../src/nn/kernels/pooling.ts';
import { dropoutMask } from '../../../src/nn/training/dropout-masks.ts';
import { crossEntropy } from '../../../src/nn/training/loss.ts';
import { type Built, backends, differentiate, expectClose, noise } from './differentiate.ts';

test.each(backends)('the block of a dense layer, on %s', async (backend) => {
  const build: Built = (x, weight, bias) =>
    dense(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D, {
      relu: true,
      inputGradient: true,
    });
  const [y, dx, dw, db] = await differentiate(backend, build, [[3, 4], [5, 4], [5]]);
  const arrays = [[3, 4], [5, 4], [5], [3, 5]].map((shape, i) =>
    noise(shape, i === 3 ? 99 : i).dataSync(),
  );
  const [x, w, b, dy] = arrays as [Float32Array, Float32Array, Float32Array, Float32Array];
  const expected = { y: [] as number[], dx: zeros(12), dw: zeros(20), db: zeros(5) };
  for (let n = 0; n < 3; n++) {
    for (let o = 0; o < 5; o++) {
      let sum = b[o]!;
      for (let i = 0; i < 4; i++) sum += x[n * 4 + i]! * w[o * 4 + i]!;
      expected.y.push(Math.max(0, sum));
      const error = sum > 0 ? dy[n * 5 + o]! : 0;
      expected.db[o]! += error;
      for (let i = 0; i < 4; i++) {
        expected.dx[n * 4 + i]! += error * w[o * 4 + i]!;
        expected.dw[o * 4 + i]! += error * x[n * 4 + i]!;
      }
    }
  }
  expectClose(y!, expected.y);
  expectClose(dx!, expected.dx);
  expectClose(dw!, expected.dw);
  expectClose(db!, expected.db);
});

test('max-pool after a ReLU: wasm agrees with cpu', async () => {
  const build: Built = (x) => maxPool(relu(x as tf.Tensor4D), 2, 2);
  const native = await differentiate('cpu', build, [[2, 5, 6, 3]]);
  const wasm = await differentiate('wasm', build, [[2, 5, 6, 3]]);
  native.forEach((values, index) => {
    expectClose(wasm[index]!, values);
  });
});

const pools = [
  { map: [1, 1, 3], size: 7 },
  { map: [2, 2, 3], size: 7 },
  { map: [5, 4, 2], size: 3 },
  { map: [6, 6, 2], size: 3 },
  { map: [3, 3, 4], size: 1 },
] as const;

test.each(pools)("average pool, flattened in PyTorch's order: %o", async ({ map, size }) => {
  const [height, width, channels] = map;
  const build: Built = (x) => poolAndFlatten(x as tf.Tensor4D, size);
  const [y, dx] = await differentiate('wasm', build, [[2, ...map]]);
  const x = noise([2, ...map], 0).dataSync();
  const dy = noise([2, channels * size * size], 99).dataSync();
  const expected = zeros(2 * channels * size * size);
  const expectedGradient = zeros(x.length);
  for (let n = 0; n < 2; n++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const rows = span(i, size, height);
          const columns = span(j, size, width);
          const cell = ((n * channels + c) * size + i) * size + j;
          for (const row of rows) {
            for (const column of columns) {
              const source = ((n * height + row) * width + column) * channels + c;
              const weight = 1 / (rows.length * columns.length);
              expected[cell]! += x[source]! * weight;
              expectedGradient[source]! += dy[cell]! * weight;
            }
          }
        }
      }
    }
  }
  expectClose(y!, expected, 1e-5);
  expectClose(dx!, expectedGradient, 1e-5);
});

test('a folded weight has the outputs of the copies, with the same gradient', async () => {
  const copied: Built = (x, w) =>
    dense(poolAndFlatten(x as tf.Tensor4D, 3), w as tf.Tensor2D, undefined, {
      relu: false,
      inputGradient: true,
    });
  const folded: Built = (x, w) =>
    dense(poolAndFlatten(x as tf.Tensor4D, 1), foldCopies(w as tf.Tensor2D, 9), undefined, {
      relu: false,
      inputGradient: true,
    });
  const shapes = [
    [4, 1, 1, 5],
    [6, 45],
  ];
  const expected = await differentiate('wasm', copied, shapes);
  (await differentiate('wasm', folded, shapes)).forEach((values, index) => {
    expectClose(values, expected[index]!);
  });
});

test('dropout depends on seed, step and layer only, and keeps the mean', async () => {
  await startBackend('wasm');
  const mask = (seed: number, step: number, layer: number) => {
    const drawn = dropoutMask({ layer, rate: 0.25, shape: [100, 200] }, { seed, step });
    return drawn.dataSync<'float32'>().slice();
  };
  const first = mask(1, 2, 3);
  expect(mask(1, 2, 3)).toEqual(first);
  for (const other of [mask(2, 2, 3), mask(1, 3, 3), mask(1, 2, 4)])
    expect(other).not.toEqual(first);
  const mean = first.reduce((a, b) => a + b) / first.length;
  expect(Math.abs(mean - 1)).toBeLessThan(0.02);
  expect(new Set(first)).toEqual(new Set([0, Math.fround(4 / 3)]));
});

test('cross-entropy and its gradient; a row without a label is ignored', async () => {
  const build: Built = (x) =>
    crossEntropy(x as tf.Tensor2D, tf.tensor2d([0, 0, 0.5, 0.5, 0, 0, 0, 0, 0], [3, 3]));
  const [loss, gradient] = await differentiate('wasm', build, [[3, 3]]);
  const x = noise([3, 3], 0).dataSync<'float32'>();
  const upstream = noise([], 99).dataSync()[0]!;
  const rows = [x.slice(0, 3), x.slice(3, 6)].map((row) => {
    const sum = row.reduce((total, value) => total + Math.exp(value), 0);
    return Array.from(row, (value) => Math.exp(value) / sum);
  });
  expect(loss![0]).toBeCloseTo(-(Math.log(rows[0]![2]!) + Math.log(rows[1]![0]!)) / 2, 5);
  rows[0]![2]! -= 1;
  rows[1]![0]! -= 1;
  expectClose(gradient!, [...rows.flat().map((value) => (value * upstream) / 2), 0, 0, 0]);
});

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

/** The positions of cell `index`: from floor to ceil, as PyTorch defines them. */
function span(index: number, size: number, extent: number): readonly number[] {
  const start = Math.floor((index * extent) / size);
  const end = Math.ceil(((index + 1) * extent) / size);
  return Array.from({ length: end - start }, (_, i) => start + i);
}
