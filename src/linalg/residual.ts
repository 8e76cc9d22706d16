/** What a product leaves of a matrix, without the product ever being there as a whole. */

import { DEPTH, LEFT_BLOCK, panels, RIGHT_BLOCK, WIDTH } from './kernels/panels.ts';
import type { Matrix } from './matrix.ts';
import { columnsOf, pack, roundUp, rowsOf } from './packing.ts';

/** The longest inner size for which a panel of each side fits the kernel's memory. */
const LONGEST = (LEFT_BLOCK * DEPTH) / WIDTH;

/** Whether `squaredResidual` takes L R. */
export function fitsPanels({ cols }: Pick<Matrix, 'cols'>): boolean {
  return cols > 0 && cols <= LONGEST;
}

/** ||A - L R||_F^2 and ||A||_F^2, in float64; L is m x k and R k x n. */
export function squaredResidual(
  a: Matrix,
  l: Matrix,
  r: Matrix,
): { readonly residual: number; readonly total: number } {
  const { left, right, out, multiply } = panels();
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
      multiply(roundUp(down), roundUp(across), depth, RIGHT_BLOCK);
      addSquares(sums, a, row * a.cols + col, out, down, across);
    }
  }
  return sums;
}

/** Of the block of `a` from its entry number `from` on, and what `near`, whose rows are padded, leaves of it. */
function addSquares(
  sums: { residual: number; total: number },
  { data, cols }: Matrix,
  from: number,
  near: Float64Array,
  rows: number,
  columns: number,
): void {
  const line = roundUp(columns);
  let residual = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const [at, beside] = [from + i * cols, i * line];
    for (let j = 0; j < columns; j++) {
      const exact = data[at + j]!;
      const rest = exact - near[beside + j]!;
      residual += rest * rest;
      total += exact * exact;
    }
  }
  sums.residual += residual;
  sums.total += total;
}
