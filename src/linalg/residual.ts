/** The difference of a matrix and a product, block by block, so that the product is never in memory as a unit. */

import { DEPTH, LEFT_BLOCK, panels, RIGHT_BLOCK, WIDTH } from './kernels/panels.ts';
import type { Matrix } from './matrix.ts';
import { type Multiply, multiply } from './multiply.ts';
import { columnsOf, pack, roundUp, rowsOf } from './packing.ts';

/** ||A - L R||_F^2 and ||A||_F^2. */
export interface SquaredResidual {
  readonly residual: number;
  readonly total: number;
}

/** L is m x k and R is k x n. In float64, except for the products that `product` computes, if it is given. */
export function squaredResidual(
  a: Matrix,
  l: Matrix,
  r: Matrix,
  product?: Multiply,
): SquaredResidual {
  const fits = l.cols > 0 && l.cols <= LONGEST;
  return product === undefined && fits ? byPanels(a, l, r) : byRows(a, l, r, product ?? multiply);
}

/** The longest inner size for which a panel of each side fits the kernel's memory. */
const LONGEST = (LEFT_BLOCK * DEPTH) / WIDTH;

function byRows(a: Matrix, l: Matrix, r: Matrix, product: Multiply): SquaredResidual {
  const sums = { residual: 0, total: 0 };
  for (let from = 0; from < a.rows; from += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, a.rows - from);
    const some = l.data.subarray(from * l.cols, (from + rows) * l.cols);
    const { data } = product({ rows, cols: l.cols, data: some }, r);
    addSquares(sums, a, from * a.cols, { data, line: a.cols }, rows, a.cols);
  }
  return sums;
}

/** Limits the memory of a product that is as large as the layer. */
const ROWS_AT_ONCE = 256;

function byPanels(a: Matrix, l: Matrix, r: Matrix): SquaredResidual {
  const { left, right, out: data, multiply: multiplyPanels } = panels();
  const [rows, columns] = [rowsOf(l), columnsOf(r)];
  const depth = l.cols;
  const most = (block: number) =>
    Math.min(block, WIDTH * Math.floor((block * DEPTH) / (WIDTH * depth)));
  const [height, width] = [most(LEFT_BLOCK), most(RIGHT_BLOCK)];
  const sums = { residual: 0, total: 0 };
  for (let col = 0; col < a.cols; col += width) {
    const across = Math.min(width, a.cols - col);
    pack(columns, col, across, 0, depth, right);
    for (let row = 0; row < a.rows; row += height) {
      const down = Math.min(height, a.rows - row);
      pack(rows, row, down, 0, depth, left);
      const line = roundUp(across);
      multiplyPanels(roundUp(down), line, depth, RIGHT_BLOCK);
      addSquares(sums, a, row * a.cols + col, { data, line }, down, across);
    }
  }
  return sums;
}

/**
 * Adds the squared norms of the block of `a` that starts at entry `from`, and of its difference from `near`, whose rows
 * have length `line`.
 */
function addSquares(
  sums: { residual: number; total: number },
  { data, cols }: Matrix,
  from: number,
  { data: near, line }: { readonly data: Matrix['data']; readonly line: number },
  rows: number,
  columns: number,
): void {
  let residual = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const [at, nearAt] = [from + i * cols, i * line];
    for (let j = 0; j < columns; j++) {
      const exact = data[at + j]!;
      const rest = exact - near[nearAt + j]!;
      residual += rest * rest;
      total += exact * exact;
    }
  }
  sums.residual += residual;
  sums.total += total;
}
