/** The core C^+ A R^+, which is the best one for given columns and rows in the Frobenius norm. */

import { columnBasis, rowBasis } from '../column-basis.ts';
import { type Matrix, type Matrix64, transpose } from '../matrix.ts';
import { type Multiply, multiply, multiplyTransposedRight } from '../multiply.ts';

export interface BestCoreOptions {
  /** Singular values of columns and rows below this count as zero: see `cutoff.ts`. */
  readonly cutoff: number;
  /** Computes the product with A, which is nearly all of the work. */
  readonly product?: Multiply | undefined;
}

/** U (c x r) that minimizes ||A - C U R||_F (Stewart, Numer. Math. 83, 1999), for C m x c and R r x n. */
export function bestCore(
  c: Matrix,
  a: Matrix,
  r: Matrix,
  { cutoff, product = multiply }: BestCoreOptions,
): Matrix64 {
  const [columns, rows] = [columnBasis(c, cutoff), rowBasis(r, cutoff)];
  // Q^T A P comes first and is small, so both maps back to coefficients are cheap.
  const between = multiplyTransposedRight(product(columns.qt, a), rows.qt);
  return transpose(rows.coefficients(transpose(columns.coefficients(between))));
}
