/**
 * Products of dense matrices, accumulated in float64 whatever the inputs are.
 *
 * Each product is a table of dot products between two lists of vectors (the rows or the columns of a
 * matrix). Blocks of both lists are copied into float64 panels that fit the caches, so one kernel
 * serves all shapes, strides and both float widths at the same speed.
 */

import { type Matrix, type Matrix64, zeros } from './matrix.ts';

/** A B by whoever is fastest at it, such as a backend in float32. */
export type Multiply = (a: Matrix, b: Matrix) => Matrix;

/** A B; (m x p) times (p x n). */
export function multiply(a: Matrix, b: Matrix): Matrix64 {
  return dotProducts(rowsOf(a), columnsOf(b));
}

/** A^T B; (p x m) and (p x n) give m x n. */
export function multiplyTransposedLeft(a: Matrix, b: Matrix): Matrix64 {
  return dotProducts(columnsOf(a), columnsOf(b));
}

/** A B^T; (m x p) and (n x p) give m x n. */
export function multiplyTransposedRight(a: Matrix, b: Matrix): Matrix64 {
  return dotProducts(rowsOf(a), rowsOf(b));
}

/** A A^T (m x m), exactly symmetric, for half the work of a product. */
export function gram(a: Matrix): Matrix64 {
  const rows = rowsOf(a);
  return dotProducts(rows, rows);
}

/** `count` vectors of `length` entries inside a row-major matrix: entry p of vector i is at i*step + p*stride. */
interface Vectors {
  readonly count: number;
  readonly length: number;
  readonly step: number;
  readonly stride: number;
  readonly data: Float32Array | Float64Array;
}

function rowsOf(a: Matrix): Vectors {
  return { count: a.rows, length: a.cols, step: a.cols, stride: 1, data: a.data };
}

function columnsOf(a: Matrix): Vectors {
  return { count: a.cols, length: a.rows, step: 1, stride: a.cols, data: a.data };
}

/** Vectors in a panel: their entries are interleaved, so that the kernel reads memory in order. */
const WIDTH = 4;
const LEFT_BLOCK = 64;
const RIGHT_BLOCK = 512;
const DEPTH = 256;

/** out[i, j] = x_i . y_j; where `x` is `y` only the tiles on and below the diagonal are computed. */
function dotProducts(x: Vectors, y: Vectors): Matrix64 {
  if (x.length !== y.length) throw new RangeError(`inner sizes differ: ${x.length}, ${y.length}`);
  const symmetric = x === y;
  const out = zeros(x.count, y.count);
  const left = new Float64Array(LEFT_BLOCK * DEPTH);
  const right = new Float64Array(roundUp(Math.min(RIGHT_BLOCK, y.count)) * DEPTH);
  for (let p = 0; p < x.length; p += DEPTH) {
    const depth = Math.min(DEPTH, x.length - p);
    for (let j = 0; j < y.count; j += RIGHT_BLOCK) {
      const columns = Math.min(RIGHT_BLOCK, y.count - j);
      pack(y, j, columns, p, depth, right);
      for (let i = symmetric ? j : 0; i < x.count; i += LEFT_BLOCK) {
        const rows = Math.min(LEFT_BLOCK, x.count - i);
        pack(x, i, rows, p, depth, left);
        for (let tj = 0; tj < columns; tj += WIDTH) {
          for (let ti = 0; ti < rows; ti += WIDTH) {
            if (symmetric && j + tj > i + ti) continue;
            addTile(left, ti * depth, right, tj * depth, depth, out, i + ti, j + tj);
          }
        }
      }
    }
  }
  if (symmetric) mirrorLower(out);
  return out;
}

function roundUp(count: number): number {
  return Math.ceil(count / WIDTH) * WIDTH;
}

/** Copies entries [from, from + depth) of `count` vectors into panels; the last is padded with zeros. */
function pack(
  v: Vectors,
  first: number,
  count: number,
  from: number,
  depth: number,
  panels: Float64Array,
): void {
  const { data, step, stride } = v;
  for (let t = 0; t < roundUp(count); t++) {
    let to = (t - (t % WIDTH)) * depth + (t % WIDTH);
    let at = (first + t) * step + from * stride;
    const present = t < count;
    for (let p = 0; p < depth; p++) {
      panels[to] = present ? data[at]! : 0;
      to += WIDTH;
      at += stride;
    }
  }
}

/** Adds the 4 x 4 tile of dot products of two panels to `out` at (row, col), cut off at its edges. */
function addTile(
  x: Float64Array,
  xAt: number,
  y: Float64Array,
  yAt: number,
  depth: number,
  out: Matrix64,
  row: number,
  col: number,
): void {
  for (let half = 0; half < WIDTH; half += 2) {
    // Two rows at a time: eight sums and six operands are what the sixteen vector registers hold.
    let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
    let i = xAt + half;
    let j = yAt;
    for (let p = 0; p < depth; p++) {
      const x0 = x[i]!;
      const x1 = x[i + 1]!;
      const y0 = y[j]!;
      const y1 = y[j + 1]!;
      const y2 = y[j + 2]!;
      const y3 = y[j + 3]!;
      a0 += x0 * y0;
      a1 += x0 * y1;
      a2 += x0 * y2;
      a3 += x0 * y3;
      b0 += x1 * y0;
      b1 += x1 * y1;
      b2 += x1 * y2;
      b3 += x1 * y3;
      i += WIDTH;
      j += WIDTH;
    }
    addQuad(out, row + half, col, a0, a1, a2, a3);
    addQuad(out, row + half + 1, col, b0, b1, b2, b3);
  }
}

function addQuad(
  out: Matrix64,
  row: number,
  col: number,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  if (row >= out.rows) return;
  const { data, cols } = out;
  const at = row * cols + col;
  const width = cols - col;
  data[at]! += a;
  if (width > 1) data[at + 1]! += b;
  if (width > 2) data[at + 2]! += c;
  if (width > 3) data[at + 3]! += d;
}

function mirrorLower(out: Matrix64): void {
  const { data, cols: n } = out;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) data[j * n + i] = data[i * n + j]!;
  }
}
