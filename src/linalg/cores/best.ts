/** The core C^+ A R^+: the best there is for given columns and rows, in the Frobenius norm. */

import { solveLeastSquares, solveLeastSquaresRight } from '../least-squares.ts';
import type { Matrix, Matrix64 } from '../matrix.ts';
import type { Multiply } from '../multiply.ts';

/** U (c x r) that minimizes ||A - C U R||_F (Stewart, Numer. Math. 83, 1999), for C m x c and R r x n. */
export function bestCore(c: Matrix, a: Matrix, r: Matrix, product?: Multiply): Matrix64 {
  return solveLeastSquaresRight(solveLeastSquares(c, a, product), r);
}
