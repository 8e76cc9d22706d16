/**
 * Products of dense matrices, always accumulated in float64.
 *
 * Each product is a table of dot products between two lists of vectors (the rows or the columns of a
 * matrix). Blocks of both lists are copied into float64 panels that fit the caches, so one kernel
 * (`kernels/panels.ts`) serves all shapes, strides and both float widths at the same speed.
 */
import { DEPTH, LEFT_BLOCK, panels, RIGHT_BLOCK } from './kernels/panels.ts';
import { type Matrix, type Matrix64, zeros } from './matrix.ts';
import { columnsOf, pack, roundUp, rowsOf, type Vectors } from './packing.ts';

/** A B by the fastest available means, such as a backend in float32. */
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

/** The product of the rows and columns of `a` from `first` on with `b`. */
export function multiplyRest(a: Matrix64, first: number, b: Matrix): Matrix64 {
  const count = a.rows - first;
  const data = a.data.subarray(first * a.cols + first);
  return dotProducts({ count, length: count, step: a.cols, stride: 1, data }, columnsOf(b));
}

/** Subtracts B C^T from the rows and columns of `a` from `first` on. The product is never in memory as a unit. */
export function subtractProduct(a: Matrix64, first: number, b: Matrix, c: Matrix): void {
  eachBlock(rowsOf(b), rowsOf(c), (block, rows, columns, _diagonal, row, col) => {
    subtractBlock(block, rows, columns, a, first + row, first + col);
  });
}

/** out[i, j] = x_i . y_j. */
function dotProducts(x: Vectors, y: Vectors): Matrix64 {
  const out = zeros(x.count, y.count);
  eachBlock(x, y, (block, rows, columns, diagonal, row, col, p) => {
    const place = p === 0 ? copyBlock : addBlock;
    place(block, rows, columns, diagonal, out, row, col);
  });
  if (x === y) mirrorLower(out);
  return out;
}

type UseBlock = (
  block: Float64Array,
  rows: number,
  columns: number,
  diagonal: number,
  row: number,
  col: number,
  p: number,
) => void;

/**
 * The dot products x_i . y_j in blocks, from entry p of the vectors on, for each part of their length. If `x` is `y`, only
 * the tiles on and below the diagonal are computed.
 */
function eachBlock(x: Vectors, y: Vectors, use: UseBlock): void {
  if (x.length !== y.length) throw new RangeError(`inner sizes differ: ${x.length}, ${y.length}`);
  const symmetric = x === y;
  const { left, right, out: block, multiply: multiplyPanels } = panels();
  for (let p = 0; p < x.length; p += DEPTH) {
    const depth = Math.min(DEPTH, x.length - p);
    for (let j = 0; j < y.count; j += RIGHT_BLOCK) {
      const columns = Math.min(RIGHT_BLOCK, y.count - j);
      pack(y, j, columns, p, depth, right);
      for (let i = symmetric ? j : 0; i < x.count; i += LEFT_BLOCK) {
        const rows = Math.min(LEFT_BLOCK, x.count - i);
        pack(x, i, rows, p, depth, left);
        const diagonal = symmetric ? i - j : RIGHT_BLOCK;
        multiplyPanels(roundUp(rows), roundUp(columns), depth, diagonal);
        use(block, rows, columns, diagonal, i, j, p);
      }
    }
  }
}

type PlaceBlock = (
  block: Float64Array,
  rows: number,
  columns: number,
  diagonal: number,
  out: Matrix64,
  row: number,
  col: number,
) => void;

/** Copies the entries with j <= i + diagonal of `block`, whose rows are padded, to `out` at (row, col). */
const copyBlock: PlaceBlock = (block, rows, columns, diagonal, { data, cols }, row, col) => {
  const line = roundUp(columns);
  for (let i = 0; i < rows; i++) {
    const from = i * line;
    const count = Math.min(columns, i + diagonal + 1);
    if (count > 0) data.set(block.subarray(from, from + count), (row + i) * cols + col);
  }
};

/** The same, but adds to the old values. */
const addBlock: PlaceBlock = (block, rows, columns, diagonal, { data, cols }, row, col) => {
  const line = roundUp(columns);
  for (let i = 0; i < rows; i++) {
    const from = i * line;
    const to = (row + i) * cols + col;
    const end = Math.min(columns, i + diagonal + 1);
    for (let j = 0; j < end; j++) data[to + j]! += block[from + j]!;
  }
};

function subtractBlock(
  block: Float64Array,
  rows: number,
  columns: number,
  { data, cols }: Matrix64,
  row: number,
  col: number,
): void {
  const line = roundUp(columns);
  for (let i = 0; i < rows; i++) {
    const from = i * line;
    const to = (row + i) * cols + col;
    for (let j = 0; j < columns; j++) data[to + j]! -= block[from + j]!;
  }
}

function mirrorLower(out: Matrix64): void {
  const { data, cols: n } = out;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) data[j * n + i] = data[i * n + j]!;
  }
}
