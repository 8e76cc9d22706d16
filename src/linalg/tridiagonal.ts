/**
 * A symmetric matrix as Q T Q^T with T tridiagonal, by Householder reflections in panels (Dongarra, Sorensen &
 * Hammarling, J. Comput. Appl. Math. 27, 1989; LAPACK's dsytrd). The reflections of a panel are applied to the rest of
 * the matrix together, by a product. The only other work is one product of that rest and a vector per reflection.
 */
import { type CompactReflections, compactForm, transposedProduct } from './compact-reflections.ts';
import { makeReflector, type Reflector } from './householder.ts';
import { type Matrix64, zeros } from './matrix.ts';
import { subtractProduct } from './multiply.ts';

export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** One shorter than the diagonal. */
  readonly offDiagonal: Float64Array;
  /** Q^T. */
  readonly qt: Matrix64;
}

/** Reflections per panel. */
const PANEL = 32;

/** Reduces symmetric `a` (n x n, finite, squares in range), and overwrites it. Takes 8/3 n^3 flops. */
export function tridiagonalize(a: Matrix64): Tridiagonal {
  const n = a.rows;
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const panels: CompactReflections[] = [];
  for (let from = 0; from < n - 2; from += PANEL) {
    const panel = reducePanel(a, from, Math.min(PANEL, n - 2 - from), diagonal, offDiagonal);
    panels.push(panel);
  }
  for (let i = Math.max(0, n - 2); i < n; i++) diagonal[i] = a.data[i * n + i]!;
  if (n > 1) offDiagonal[n - 2] = a.data[n * n - 2]!;
  return { diagonal, offDiagonal, qt: transposedProduct(panels, n) };
}

/**
 * Reduces `width` columns of the rest, starting at column `from`, and applies their reflections to the columns after
 * them.
 */
function reducePanel(
  rest: Matrix64,
  from: number,
  width: number,
  diagonal: Float64Array,
  offDiagonal: Float64Array,
): CompactReflections {
  const { rows: n, data } = rest;
  const line = 2 * width;
  // The rest is now A - V W^T - W V^T, and `data` holds A. Row i: that of V, then that of W.
  const vw = zeros(n, line);
  const taus = new Float64Array(width);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let p = 0; p < width; p++) {
    const c = from + p;
    v.set(data.subarray(c * n + c, (c + 1) * n), c);
    subtractColumn(vw.data, v, c, width, p);
    diagonal[c] = v[c]!;
    const { tau, beta } = reflectorFrom(v, c + 1);
    taus[p] = tau;
    offDiagonal[c] = beta;
    multiplyByVector(rest, v, c + 1, tau, w);
    subtractCrossed(vw.data, v, w, c + 1, width, p, tau);
    const half = (tau / 2) * dot(w, 0, v, c + 1, n);
    putColumns(vw.data, v, w, c + 1, width, p, half);
  }
  const first = from + width;
  subtractProduct(rest, first, ...bothOrders(vw, first));
  return compactForm(vw, from + 1, taus);
}

/** w = tau A v of the rows and columns from `from` on. Four rows are read together, so v is read once for them. */
function multiplyByVector(
  { rows: n, data }: Matrix64,
  v: Float64Array,
  from: number,
  tau: number,
  w: Float64Array,
): void {
  let i = from;
  for (; i + 3 < n; i += 4) multiplyFour(data, i, v, from, tau, w);
  for (; i < n; i++) w[i] = tau * dot(data, i * n, v, from, n);
}

/** Rows i to i + 3 of it. */
function multiplyFour(
  data: Float64Array,
  i: number,
  v: Float64Array,
  from: number,
  tau: number,
  w: Float64Array,
): void {
  const n = v.length;
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = i * n + from;
  for (let j = from; j < n; j++) {
    const x = v[j]!;
    a += data[at]! * x;
    b += data[at + n]! * x;
    c += data[at + 2 * n]! * x;
    d += data[at + 3 * n]! * x;
    at++;
  }
  w[i] = tau * a;
  w[i + 1] = tau * b;
  w[i + 2] = tau * c;
  w[i + 3] = tau * d;
}

/** v -= column c of V W^T + W V^T, of the first `count` columns, in the rows from c on. */
function subtractColumn(
  vw: Float64Array,
  v: Float64Array,
  c: number,
  width: number,
  count: number,
): void {
  const line = 2 * width;
  const own = c * line;
  for (let i = c; i < v.length; i++) {
    const row = i * line;
    let sum = 0;
    for (let q = 0; q < count; q++) {
      sum += vw[row + q]! * vw[own + width + q]! + vw[row + width + q]! * vw[own + q]!;
    }
    v[i]! -= sum;
  }
}

/** Column p of V is v, and that of W is w - half v, in the rows from `from` on. */
function putColumns(
  vw: Float64Array,
  v: Float64Array,
  w: Float64Array,
  from: number,
  width: number,
  p: number,
  half: number,
): void {
  const line = 2 * width;
  for (let i = from; i < v.length; i++) {
    vw[i * line + p] = v[i]!;
    vw[i * line + width + p] = w[i]! - half * v[i]!;
  }
}

/** w -= tau (V W^T + W V^T) v, of the first `count` columns, in the rows from `from` on. */
function subtractCrossed(
  vw: Float64Array,
  v: Float64Array,
  w: Float64Array,
  from: number,
  width: number,
  count: number,
  tau: number,
): void {
  const line = 2 * width;
  const sums = new Float64Array(line);
  for (let i = from; i < v.length; i++) {
    const factor = tau * v[i]!;
    for (let q = 0; q < count; q++) {
      sums[width + q]! += factor * vw[i * line + q]!;
      sums[q]! += factor * vw[i * line + width + q]!;
    }
  }
  for (let i = from; i < v.length; i++) {
    let sum = 0;
    for (let q = 0; q < count; q++) {
      sum += vw[i * line + q]! * sums[q]! + vw[i * line + width + q]! * sums[width + q]!;
    }
    w[i]! -= sum;
  }
}

/** The reflector of the vector x_from, x_from+1, ..., which is overwritten by v with v_from = 1. */
function reflectorFrom(x: Float64Array, from: number): Reflector {
  const alpha = x[from]!;
  const square = dot(x, 0, x, from + 1, x.length);
  if (square > 0) return makeReflector(x.subarray(from), Math.sqrt(alpha * alpha + square));
  // No reflection is needed.
  x[from] = 1;
  return { tau: 0, beta: alpha };
}

/** The sum of x[at + i] y[i] over `from` <= i < `end`, in four independent parts. */
function dot(x: Float64Array, at: number, y: Float64Array, from: number, end: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 3 < end; i += 4) {
    a += x[at + i]! * y[i]!;
    b += x[at + i + 1]! * y[i + 1]!;
    c += x[at + i + 2]! * y[i + 2]!;
    d += x[at + i + 3]! * y[i + 3]!;
  }
  for (; i < end; i++) a += x[at + i]! * y[i]!;
  return a + b + (c + d);
}

/** Rows [V W] and [W V] from `first` on: their product is V W^T + W V^T. */
function bothOrders(vw: Matrix64, first: number): [Matrix64, Matrix64] {
  const width = vw.cols / 2;
  const rows = vw.rows - first;
  const straight = { rows, cols: vw.cols, data: vw.data.subarray(first * vw.cols) };
  const exchanged = zeros(rows, vw.cols);
  for (let i = 0; i < rows; i++) {
    const row = straight.data.subarray(i * vw.cols, (i + 1) * vw.cols);
    exchanged.data.set(row.subarray(width), i * vw.cols);
    exchanged.data.set(row.subarray(0, width), i * vw.cols + width);
  }
  return [straight, exchanged];
}
