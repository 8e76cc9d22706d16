/**
 * The factors of the groups of a convolution have the same shapes, because one kernel holds those of all groups. Some
 * methods choose other ranks than requested, such as the numerical rank of each matrix. Zeros fill up the smaller ones.
 */
import type { Matrix } from '../../../linalg/matrix.ts';
import type { Factorization } from '../../../linalg/methods/compression-method.ts';

export function withEqualRanks(factorizations: readonly Factorization[]): readonly Factorization[] {
  if (factorizations.length === 1) return factorizations;
  const outer = Math.max(...factorizations.map(({ left }) => left.cols));
  const inner = Math.max(...factorizations.map(({ right }) => right.rows));
  return factorizations.map(({ left, core, right, ...rest }) => ({
    ...rest,
    left: filled(left, left.rows, outer),
    ...(core && { core: filled(core, outer, inner) }),
    right: filled(right, inner, right.cols),
    rank: outer,
  }));
}

/** With zeros on the right and below. */
function filled(matrix: Matrix, rows: number, cols: number): Matrix {
  if (matrix.rows === rows && matrix.cols === cols) return matrix;
  const data = new Float32Array(rows * cols);
  for (let row = 0; row < matrix.rows; row++) {
    data.set(matrix.data.subarray(row * matrix.cols, (row + 1) * matrix.cols), row * cols);
  }
  return { rows, cols, data };
}
