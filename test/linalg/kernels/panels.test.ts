import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelModules } from '../../../scripts/kernels.mjs';
import {
  DEPTH,
  LEFT_BLOCK,
  panels,
  RIGHT_BLOCK,
  WIDTH,
} from '../../../src/linalg/kernels/panels.ts';
import { gram, multiply, multiplyTransposedLeft } from '../../../src/linalg/multiply.ts';
import { gaussian, toFloat32 } from '../test-matrices.ts';

test('the committed module is up to date (npm run kernels)', async () => {
  const file = 'linalg/kernels/panels-module.ts';
  const committed = readFileSync(`src/${file}`, 'utf8');
  // The formatter breaks lines.
  const plain = (text: string): string => text.replace(/\s+/g, '');
  expect(plain(committed)).toBe(plain((await kernelModules()).get(file)!));
});

/** The sums in the order of the blocks. */
function inOrder(vector: (p: number) => number, other: (p: number) => number, length: number) {
  let all = 0;
  for (let from = 0; from < length; from += DEPTH) {
    let sum = 0;
    for (let p = from; p < Math.min(from + DEPTH, length); p++) sum += vector(p) * other(p);
    all += sum;
  }
  return all;
}

// Near the sizes of tiles (4), left blocks (64), depth (256) and right blocks (512).
test.each([
  [1, 1, 1],
  [3, 5, 2],
  [5, 257, 9],
  [65, 12, 7],
  [2, 515, 513],
])('products of %i x %i and %i columns have the bits of the plain loop', (m, p, n) => {
  const a = gaussian(m, p, 1);
  const b = toFloat32(gaussian(p, n, 2));
  const product = multiply(a, b);
  const left = multiplyTransposedLeft(b, b);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const expected = inOrder(
        (t) => a.data[i * p + t]!,
        (t) => b.data[t * n + j]!,
        p,
      );
      expect(product.data[i * n + j]).toBe(expected);
    }
  }
  for (let i = 0; i < Math.min(n, 10); i++) {
    for (let j = 0; j < n; j++) {
      const expected = inOrder(
        (t) => b.data[t * n + i]!,
        (t) => b.data[t * n + j]!,
        p,
      );
      expect(left.data[i * n + j]).toBe(expected);
    }
  }
});

test('a Gram matrix has the bits of the product, although only half of it is computed', () => {
  const a = gaussian(518, 37, 3);
  const whole = multiplyTransposedLeft(
    { rows: a.cols, cols: a.rows, data: transposedData(a) },
    { rows: a.cols, cols: a.rows, data: transposedData(a) },
  );
  expect(gram(a).data.every((value, t) => value === whole.data[t])).toBe(true);
});

function transposedData({ rows, cols, data }: ReturnType<typeof gaussian>): Float64Array {
  return Float64Array.from(data, (_, t) => data[(t % rows) * cols + Math.floor(t / rows)]!);
}

test('NaN and infinity stay in their rows and columns, even in a padded block', () => {
  const [m, p, n] = [7, 6, 5];
  const a = gaussian(m, p, 4);
  const b = gaussian(p, n, 5);
  a.data[2 * p + 1] = Number.NaN;
  a.data[6 * p] = Number.POSITIVE_INFINITY;
  b.data[3 * n + 4] = Number.NEGATIVE_INFINITY;
  const { data } = multiply(a, b);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const expected = inOrder(
        (t) => a.data[i * p + t]!,
        (t) => b.data[t * n + j]!,
        p,
      );
      expect(data[i * n + j]).toBe(expected);
    }
  }
  // The blocks still have the contents of an earlier product, which must not affect the next one.
  expect(multiply(gaussian(3, 3, 6), gaussian(3, 3, 7)).data.every(Number.isFinite)).toBe(true);
  expect(gram(gaussian(9, 2, 8)).data.every(Number.isFinite)).toBe(true);
});

test('tiles above the diagonal are skipped', () => {
  const { left, right, out, multiply: multiplyPanels } = panels();
  const [rows, columns, depth] = [2 * WIDTH, 3 * WIDTH, 1];
  left.fill(1, 0, rows * depth);
  right.fill(2, 0, columns * depth);
  out.fill(-1);
  multiplyPanels(rows, columns, depth, WIDTH);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const above = j - (j % WIDTH) > i - (i % WIDTH) + WIDTH;
      expect(out[i * columns + j]).toBe(above ? -1 : 2);
    }
  }
  expect(out[rows * columns]).toBe(-1);
});

test('the largest blocks fit', () => {
  const { left, right, out } = panels();
  expect([left.length, right.length, out.length]).toEqual([
    LEFT_BLOCK * DEPTH,
    RIGHT_BLOCK * DEPTH,
    LEFT_BLOCK * RIGHT_BLOCK,
  ]);
});
