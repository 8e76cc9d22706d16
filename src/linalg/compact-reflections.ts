/**
 * Products of many Householder reflections in compact form, so that applying them is a product of matrices (Schreiber &
 * Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989).
 */
import { type Matrix64, zeros } from './matrix.ts';
import {
  multiplyRest,
  multiplyTransposedLeft,
  multiplyTransposedRight,
  subtractProduct,
} from './multiply.ts';

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
  const qt = zeros(n, n);
  for (let i = 0; i < n; i++) qt.data[i * n + i] = 1;
  for (const { v, t } of panels.toReversed()) {
    const first = n - v.rows;
    const along = multiplyTransposedRight(multiplyRest(qt, first, v), t);
    subtractProduct(qt, first, along, v);
  }
  return qt;
}
