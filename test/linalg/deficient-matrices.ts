/**
 * Float32 matrices (120 x 150) of low rank or with few different singular values. A block of random rows has fewer
 * directions than rows there, and rounding errors are often within those directions.
 */

import { type Matrix, takeRows, zeros } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { gaussian, type NamedMatrix, toFloat32 } from './test-matrices.ts';

const [ROWS, COLS] = [120, 150];

export function filled(rows: number, cols: number, at: (i: number, j: number) => number): Matrix {
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < data.length; i++) data[i] = at(Math.floor(i / cols), i % cols);
  return { rows, cols, data };
}

/** Square blocks of equal entries on the diagonal. */
export function blocks(rows: number, cols: number, size: number, at: (block: number) => number) {
  return filled(rows, cols, (i, j) => {
    const block = Math.floor(i / size);
    return block === Math.floor(j / size) ? at(block) : 0;
  });
}

const random = gaussian(ROWS, COLS, 1);
const of = (at: (i: number, j: number) => number) => filled(ROWS, COLS, at);
const entry = (i: number, j: number) => random.data[i * COLS + j]!;

/** Small integers, so that most products are exact. */
const integers = (a: Matrix): Matrix => ({ ...a, data: a.data.map((x) => Math.round(2 * x)) });
const ofIntegers = (rank: number) =>
  multiply(integers(gaussian(ROWS, rank, 2)), integers(gaussian(rank, COLS, 3)));

const ofRank = (rank: number) => multiply(gaussian(ROWS, rank, 4), gaussian(rank, COLS, 5));

const rowsOf = (count: number) =>
  takeRows(
    random,
    Array.from({ length: ROWS }, (_, i) => i % count),
  );

const cases: readonly (readonly [string, Matrix])[] = [
  ['constant', of(() => 0.02)],
  ['of ones', of(() => 1)],
  ['of alternating signs', of((i, j) => ((i + j) % 2 === 0 ? 0.7 : -0.7))],
  ['constant and tiny', of(() => 2e-30)],
  ['constant, with denormal rows', of((i) => (i % 3 === 0 ? 1e-40 : 0.5))],
  ['constant, and almost nothing else', of((i, j) => 0.02 + 1e-6 * entry(i, j))],
  ['with one row', of((i, j) => (i === 7 ? entry(i, j) : 0))],
  ['with one column', of((i, j) => (j === 9 ? entry(i, j) : 0))],
  ['with one row of equal entries', of((i) => (i === 7 ? 0.1 : 0))],
  ['with one entry', of((i, j) => (i === 7 && j === 9 ? -3 : 0))],
  ['of two kinds of rows', of((i, j) => (i % 2 === 0 ? 0.1 : 0.1 * (j % 2)))],
  ['with 4 different rows', rowsOf(4)],
  ...[1, 2, 5, 19].map((rank) => [`of integers, of rank ${rank}`, ofIntegers(rank)] as const),
  // A half block for rank 20 has 15 rows.
  ...[1, 2, 5, 14, 15, 16, 18, 19, 20, 21].map(
    (rank) => [`of rank ${rank}`, ofRank(rank)] as const,
  ),
  ['of 8 blocks', blocks(ROWS, COLS, 15, (block) => 1 + block)],
  ['of 20 equal blocks', blocks(ROWS, COLS, 6, () => 0.02)],
  ['of 17 blocks and zeros', blocks(ROWS, COLS, 6, (block) => (block < 17 ? 1 + (block % 3) : 0))],
  ['that is the identity', of((i, j) => (i === j ? 1 : 0))],
  ['with two singular values', of((i, j) => (i === j ? (i < 10 ? 1 : 1e-3) : 0))],
  ['zero', zeros(ROWS, COLS)],
];

export const deficientMatrices: readonly NamedMatrix<Matrix>[] = cases.map(([name, a]) => ({
  name,
  a: toFloat32(a),
}));
