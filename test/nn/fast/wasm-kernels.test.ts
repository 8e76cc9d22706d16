import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { kernelModules } from '../../../scripts/kernels.mjs';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { addressOf, simd } from '../../../src/nn/fast/wasm/simd.ts';
import { columnSums, reluGradient } from '../../../src/nn/kernels/dense.ts';
import { maxPool } from '../../../src/nn/kernels/pooling.ts';
import { channelsAsBatch, transposed } from '../../../src/nn/kernels/transpose.ts';
import { expectClose, noiseValues } from '../kernels/differentiate.ts';

beforeAll(() => startBackend('wasm'));

test('the committed module is up to date (npm run kernels)', async () => {
  const file = 'nn/fast/wasm/simd-module.ts';
  const committed = readFileSync(`src/${file}`, 'utf8');
  // The formatter breaks lines.
  const plain = (text: string): string => text.replace(/\s+/g, '');
  expect(plain(committed)).toBe(plain((await kernelModules()).get(file)!));
});

test("the backend's memory is found", () => {
  expect(simd()).toBeDefined();
});

test.each([3, 4, 8, 20])('sums of %i columns, over more rows than a block', (columns) => {
  const rows = 700;
  const values = noiseValues([rows, columns], 1);
  const expected = new Float64Array(columns);
  values.forEach((value, i) => {
    expected[i % columns]! += value;
  });
  const sums = tf.tidy(() => columnSums(tf.tensor2d(values, [rows, columns])).dataSync());
  expectClose(sums, expected, 2e-6);
});

test.each([7, 8])('the gradient of a ReLU of %i values', (size) => {
  const y = Float32Array.from({ length: size }, (_, i) => Math.max(0, i - 3));
  const dy = noiseValues([size], 2);
  const gradient = tf.tidy(() => reluGradient(tf.tensor1d(dy), tf.tensor1d(y)).dataSync().slice());
  expect([...gradient].map((value) => value + 0)).toEqual(
    [...dy].map((value, i) => (y[i]! > 0 ? value : 0)),
  );
});

test.each([
  [6, 6, 4, 2, 2],
  [5, 7, 8, 2, 2],
  [6, 6, 3, 2, 2],
  [7, 7, 4, 3, 2],
] as const)(
  'of equal values in a window the first has the gradient (%i x %i x %i, pool %i, stride %i)',
  (height, width, channels, size, stride) => {
    const shape: [number, number, number, number] = [2, height, width, channels];
    // Few distinct values, so there are many ties, zeros among them.
    const x = noiseValues(shape, 3).map((value) => Math.max(0, Math.round(2 * value) / 2));
    const image = tf.tensor4d(x, shape);
    const [rows, columns] = [height, width].map(
      (side) => Math.floor((side - size) / stride) + 1,
    ) as [number, number];
    const dy = noiseValues([2, rows, columns, channels], 4);
    const gradient = tf.tidy(() => {
      const gradients = tf.grad((of) => maxPool(of as tf.Tensor4D, size, stride));
      return gradients(image, tf.tensor4d(dy, [2, rows, columns, channels]))
        .dataSync()
        .slice();
    });
    const expected = new Float32Array(x.length);
    const at = (n: number, i: number, j: number, c: number): number =>
      ((n * height + i) * width + j) * channels + c;
    let from = 0;
    for (let n = 0; n < 2; n++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          for (let c = 0; c < channels; c++) {
            let best = at(n, row * stride, column * stride, c);
            for (let i = 0; i < size; i++) {
              for (let j = 0; j < size; j++) {
                const place = at(n, row * stride + i, column * stride + j, c);
                if (x[place]! > x[best]!) best = place;
              }
            }
            expected[best]! += dy[from++]!;
          }
        }
      }
    }
    image.dispose();
    expectClose(gradient, expected, 1e-6);
  },
);

test.each([
  [1, 1],
  [4, 4],
  [3, 9],
  [250, 513],
  [8, 2],
])('the transpose of %i x %i', (rows, columns) => {
  const x = tf.tensor2d(noiseValues([rows, columns], 5), [rows, columns]);
  const [ours, theirs] = [transposed(x), tf.transpose(x)];
  expect(ours.shape).toEqual([columns, rows]);
  expect([...ours.dataSync()]).toEqual([...theirs.dataSync()]);
});

test.each([
  [5, 3, 2, 1],
  [6, 2, 3, 4],
  [4, 3, 3, 7],
] as const)('channels as the batch: %i images of %i x %i and %i channels', (...shape) => {
  const x = tf.tensor4d(noiseValues([...shape], 6), [...shape]);
  const [ours, theirs] = [channelsAsBatch(x), tf.transpose(x, [3, 1, 2, 0])];
  expect(ours.shape).toEqual(theirs.shape);
  expect([...ours.dataSync()]).toEqual([...theirs.dataSync()]);
});

test('a clone shares its numbers, and stays valid after the original is disposed of', () => {
  const first = tf.tensor1d([1, 2, 3]);
  const { numDataBuffers: before } = tf.memory();
  const second = tf.clone(first);
  expect(addressOf(second)).toBe(addressOf(first));
  first.dispose();
  expect([...second.dataSync()]).toEqual([1, 2, 3]);
  second.dispose();
  expect(tf.memory().numDataBuffers).toBe(before - 1);
});
