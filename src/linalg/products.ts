/**
 * The interface between the algorithms of this folder and fast products of large matrices. A backend keeps the matrices
 * where it computes, under handles. The algorithms multiply long rows (k x n) by a matrix or its transpose, and fetch
 * only small results.
 */
import { type Matrix, type Matrix64, transpose, zeros } from './matrix.ts';
import { gram, multiply, multiplyTransposedRight } from './multiply.ts';

/** `H`: the handle of a matrix that the backend keeps. The caller disposes of each handle that is returned. */
export interface Products<H = unknown> {
  /** Half the distance from 1 to the next number: 2^-24 for products in float32, 2^-53 in float64. */
  readonly roundoff: number;
  /** May read `a` until the handle is disposed of, and never writes to it. */
  upload(a: Matrix): H;
  download(x: H): Matrix;
  /** X A; (k x m) and (m x n) give k x n. */
  times(x: H, a: H): H;
  /** X A^T; (k x n) and (m x n) give k x m. */
  timesTransposed(x: H, a: H): H;
  /** X - Y. */
  minus(x: H, y: H): H;
  /** The rows of all, in order. At least one matrix; all rows have the same length. */
  stack(parts: readonly H[]): H;
  /** X A, where A is the stack of all parts. A backend may stack a part of their columns at a time. */
  timesStack(x: H, parts: readonly H[]): H;
  /** X X^T (k x k), fetched and exactly symmetric. */
  gram(x: H): Matrix64;
  dispose(x: H): void;
}

/** Products in float64 by `multiply.ts`, about 10 GFLOP/s. They need no backend. */
export const float64Products: Products<Matrix> = {
  roundoff: Number.EPSILON / 2,
  upload: (a) => a,
  download: (x) => x,
  times: multiply,
  timesTransposed: multiplyTransposedRight,
  minus: (x, y) => ({ ...x, data: x.data.map((value, i) => value - y.data[i]!) }),
  stack: stacked,
  timesStack: (x, parts) => multiply(x, stacked(parts)),
  gram,
  dispose: () => {},
};

function stacked(parts: readonly Matrix[]): Matrix {
  const all = zeros(
    parts.reduce((rows, part) => rows + part.rows, 0),
    parts[0]!.cols,
  );
  let at = 0;
  for (const { data } of parts) {
    all.data.set(data, at);
    at += data.length;
  }
  return all;
}

/** In its own float width: there is no memory for a float64 copy of a large float32 matrix. */
export function transposed(a: Matrix): Matrix {
  if (a.data instanceof Float64Array) return transpose(a);
  const { rows, cols } = a;
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i += TILE) {
    for (let j = 0; j < cols; j += TILE) transposeTile(a, data, i, j);
  }
  return { rows: cols, cols: rows, data };
}

const TILE = 64;

/** Writes in order and reads scattered: twice as fast as the other way round. */
function transposeTile({ rows, cols, data }: Matrix, out: Float32Array, row: number, col: number) {
  const [rowEnd, colEnd] = [Math.min(row + TILE, rows), Math.min(col + TILE, cols)];
  for (let j = col; j < colEnd; j++) {
    for (let i = row; i < rowEnd; i++) out[j * rows + i] = data[i * cols + j]!;
  }
}
