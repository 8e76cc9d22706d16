/**
 * Second moments of the inputs of a layer, X^T X, added up from batches of rows. The memory depends on the number of
 * inputs only, not on the number of rows.
 *
 * Rows are collected into blocks that begin at multiples of BLOCK, so the sums are the same bits however the rows are
 * split into batches. Products of float32 inputs are exact in float64, and each entry is a sum of block sums, so its
 * error is at most (DEPTH + rows / DEPTH) eps / 2 times the sum of the magnitudes: 5e-13 of sqrt(S_ii S_jj) for a
 * million rows.
 */
import { DEPTH } from '../kernels/panels.ts';
import { type Matrix, type Matrix64, transpose, zeros } from '../matrix.ts';
import { gram } from '../multiply.ts';

export interface SecondMoments {
  /** N, positive. */
  readonly rows: number;
  /** The mean of each of the n inputs. */
  readonly mean: Float64Array;
  /** S = X^T X, n x n, exactly symmetric, not divided by N. */
  readonly sums: Matrix64;
}

/** A multiple of DEPTH, so that a sum does not depend on it. It limits how often the sums are read and written. */
const BLOCK = 4 * DEPTH;

export class MomentSum {
  readonly #block: Matrix64;
  readonly #sums: Matrix64;
  readonly #totals: Float64Array;
  #rows = 0;
  #filled = 0;

  /** @param inputs n, the length of a row */
  constructor(inputs: number) {
    this.#block = zeros(BLOCK, inputs);
    this.#sums = zeros(inputs, inputs);
    this.#totals = new Float64Array(inputs);
  }

  /** `batch` has one sample per row. It is copied. */
  add({ rows, cols, data }: Matrix): void {
    const { cols: n, data: block } = this.#block;
    if (cols !== n) throw new RangeError(`a batch has rows of ${cols} numbers instead of ${n}`);
    for (let done = 0; done < rows; ) {
      const taken = Math.min(rows - done, BLOCK - this.#filled);
      block.set(data.subarray(done * n, (done + taken) * n), this.#filled * n);
      this.#filled += taken;
      done += taken;
      if (this.#filled === BLOCK) this.#addBlock();
    }
  }

  /** Of all rows, once. Throws a RangeError if there are none, or if one of them is not finite. */
  moments(): SecondMoments {
    this.#addBlock();
    const rows = this.#rows;
    if (rows === 0) throw new RangeError('there are no rows, so there are no moments');
    const mean = this.#totals.map((total) => total / rows);
    const sums = this.#sums;
    const bad = mean.findIndex(
      (value, j) => !Number.isFinite(value + sums.data[j * sums.cols + j]!),
    );
    if (bad >= 0) throw new RangeError(`input ${bad} (counted from 0) is not finite in some row`);
    return { rows, mean, sums };
  }

  #addBlock(): void {
    const some = { ...this.#block, rows: this.#filled };
    this.#rows += this.#filled;
    this.#filled = 0;
    if (some.rows === 0) return;
    const across = transpose(some);
    addTo(this.#sums.data, gram(across).data);
    for (let j = 0; j < across.rows; j++) {
      const column = across.data.subarray(j * across.cols, (j + 1) * across.cols);
      this.#totals[j]! += sumOf(column);
    }
  }
}

// Each loop is its own function, because the engine compiles a function again for each long-running loop in it.

function addTo(target: Float64Array, values: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += values[i]!;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/** The moments of the inputs minus their mean. */
export function centred({ rows, mean, sums }: SecondMoments): SecondMoments {
  const n = sums.rows;
  const data = sums.data.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) data[i * n + j]! -= rows * (mean[i]! * mean[j]!);
    // Rounding can make the variance of a constant input negative.
    data[i * n + i] = Math.max(0, data[i * n + i]!);
  }
  return { rows, mean: new Float64Array(n), sums: { ...sums, data } };
}

/** The root mean square of each input. */
export function inputScale({ rows, sums: { rows: n, data } }: SecondMoments): Float64Array {
  return Float64Array.from({ length: n }, (_, j) => Math.sqrt(data[j * n + j]! / rows));
}
