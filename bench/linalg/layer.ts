/**
 * A float32 layer with known singular values: U diag(s) V^T with s_i = 1 / i. The singular vectors are Walsh-Hadamard
 * transforms of unit vectors with random signs and in random order. Rounding to float32 changes the singular values by
 * 1e-7 of the largest.
 */
import type { Matrix } from '../../src/linalg/matrix.ts';
import { type RandomStream, randomStream } from '../../src/linalg/random.ts';

/** `rows` is a power of two, `cols` a multiple of 512 that is not less than `rows`. */
export function knownLayer(rows: number, cols: number): Matrix {
  const random = randomStream(1, 'layer');
  const data = new Float32Array(rows * cols);
  const first = random.permutation(cols);
  const second = random.permutation(cols);
  const signs = [signsOf(cols, random), signsOf(cols, random)] as const;
  const row = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    // Row i of diag(s) V^T. Two transforms within blocks spread an entry over all of the row.
    row.fill(0);
    row[first[i]!] = 1 / (1 + i);
    hadamardBlocks(row, BLOCK);
    const mixed = Float64Array.from(second, (from, j) => row[from]! * signs[0][j]!);
    hadamardBlocks(mixed, BLOCK);
    for (let j = 0; j < cols; j++) data[i * cols + j] = mixed[j]! * signs[1][j]!;
  }
  hadamardColumns(data, rows, cols);
  return { rows, cols, data };
}

/** ||A - A_k||_F / ||A||_F. */
export function knownOptimum(rows: number, rank: number): number {
  let tail = 0;
  let total = 0;
  for (let i = rows; i >= 1; i--) {
    total += 1 / i ** 2;
    if (i === rank + 1) tail = total;
  }
  return Math.sqrt(tail / total);
}

const BLOCK = 512;

function signsOf(count: number, random: RandomStream): Float64Array {
  return Float64Array.from({ length: count }, () => (random.uniform() < 0.5 ? -1 : 1));
}

function hadamardBlocks(row: Float64Array, size: number): void {
  for (let half = 1; half < size; half *= 2) {
    for (let from = 0; from < row.length; from += 2 * half) {
      for (let j = from; j < from + half; j++) {
        const [a, b] = [row[j]!, row[j + half]!];
        row[j] = (a + b) * Math.SQRT1_2;
        row[j + half] = (a - b) * Math.SQRT1_2;
      }
    }
  }
}

function hadamardColumns(data: Float32Array, rows: number, cols: number): void {
  for (let half = 1; half < rows; half *= 2) {
    for (let i = 0; i < rows; i++) {
      if ((i & half) !== 0) continue;
      const other = half * cols;
      for (let j = i * cols; j < (i + 1) * cols; j++) {
        const [a, b] = [data[j]!, data[j + other]!];
        data[j] = (a + b) * Math.SQRT1_2;
        data[j + other] = (a - b) * Math.SQRT1_2;
      }
    }
  }
}
