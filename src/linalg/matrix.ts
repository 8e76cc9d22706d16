/**
 * A dense real matrix, row-major: element (i, j) is `data[i * cols + j]`.
 *
 * Values may be float32 or float64; results computed from them are float64. This file only moves entries; products are
 * in `multiply.ts`.
 */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | Float64Array;
}

/** A matrix that is known to be float64. All computations here return one. */
export interface Matrix64 extends Matrix {
  readonly data: Float64Array;
}

export function zeros(rows: number, cols: number): Matrix64 {
  return { rows, cols, data: new Float64Array(rows * cols) };
}

export function transpose(a: Matrix): Matrix64 {
  const t = zeros(a.cols, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) t.data[j * a.rows + i] = a.data[i * a.cols + j]!;
  }
  return t;
}

/** The first `count` rows (all, if there are fewer) as a view on the same memory. */
export function firstRows<M extends Matrix>(a: M, count: number): M {
  const rows = Math.min(count, a.rows);
  return { ...a, rows, data: a.data.subarray(0, rows * a.cols) };
}

/** The rows at `indices`, copied in that order. An index may repeat. */
export function takeRows(a: Matrix, indices: ArrayLike<number>): Matrix64 {
  const taken = zeros(indices.length, a.cols);
  for (let t = 0; t < indices.length; t++) {
    const from = indices[t]! * a.cols;
    taken.data.set(a.data.subarray(from, from + a.cols), t * a.cols);
  }
  return taken;
}

/** The columns at `indices`, copied in that order. An index may repeat. */
export function takeColumns(a: Matrix, indices: ArrayLike<number>): Matrix64 {
  const taken = zeros(a.rows, indices.length);
  for (let i = 0; i < a.rows; i++) {
    for (let t = 0; t < indices.length; t++) {
      taken.data[i * indices.length + t] = a.data[i * a.cols + indices[t]!]!;
    }
  }
  return taken;
}

/** The mean of a square matrix and its transpose: halves of a product that differ in their last bits. */
export function symmetrized({ rows: n, data }: Matrix): Matrix64 {
  const mean = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (data[i * n + j]! + data[j * n + i]!) / 2;
      mean.data[i * n + j] = value;
      mean.data[j * n + i] = value;
    }
  }
  return mean;
}
