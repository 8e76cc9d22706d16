/**
 * Products of many Householder reflections in compact form, so that applying them is a product of matrices (Schreiber &
 * Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989).
 */
import { type Matrix64, zeros } from './matrix.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from './multiply.ts';

/**
 * H_1 H_2 ... = I - V T V^T for reflections H = I - tau v v^T of the last rows. The columns of V are the v. T is upper
 * triangular.
 */
export interface CompactReflections {
  readonly v: Matrix64;
  readonly t: Matrix64;
}

/** The first columns of `vectors`, from row `first` on, are the v; `taus` has their tau. */
export function compactForm(
  vectors: Matrix64,
  first: number,
  taus: Float64Array,
): CompactReflections {
  const width = taus.length;
  const v = zeros(vectors.rows - first, width);
  for (let i = 0; i < v.rows; i++) {
    const from = (first + i) * vectors.cols;
    v.data.set(vectors.data.subarray(from, from + width), i * width);
  }
  const inner = multiplyTransposedLeft(v, v).data;
  const t = zeros(width, width);
  for (let j = 0; j < width; j++) {
    t.data[j * width + j] = taus[j]!;
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let q = i; q < j; q++) sum += t.data[i * width + q]! * inner[q * width + j]!;
      t.data[i * width + j] = -taus[j]! * sum;
    }
  }
  return { v, t };
}

/**
 * Q^T = ... (I - V_2 T_2^T V_2^T) (I - V_1 T_1^T V_1^T), starting with the last panel, which affects the fewest rows.
 */
export function transposedProduct(panels: readonly CompactReflections[], n: number): Matrix64 {
  let qt = zeros(0, 0);
  for (const { v, t } of panels.toReversed()) {
    qt = extended(qt, v.rows);
    const along = multiplyTransposedRight(multiply(qt, v), t);
    subtractProduct(qt, 0, multiplyTransposedRight(along, v));
  }
  return extended(qt, n);
}

/** Padded with rows and columns of the identity in front, up to n. */
function extended(a: Matrix64, n: number): Matrix64 {
  const all = zeros(n, n);
  const before = n - a.rows;
  for (let i = 0; i < before; i++) all.data[i * n + i] = 1;
  for (let i = 0; i < a.rows; i++) {
    all.data.set(a.data.subarray(i * a.cols, (i + 1) * a.cols), (before + i) * n + before);
  }
  return all;
}

/** Subtracts `b` from the last rows and columns of `a`, from `first` on. */
export function subtractProduct(a: Matrix64, first: number, b: Matrix64): void {
  for (let i = 0; i < b.rows; i++) {
    const to = (first + i) * a.cols + first;
    for (let j = 0; j < b.cols; j++) a.data[to + j]! -= b.data[i * b.cols + j]!;
  }
}
