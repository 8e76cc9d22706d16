/**
 * Least squares in the Frobenius norm, in float64.
 *
 * The solutions are basic, not of minimal norm: coefficients of columns that depend on others are zero. The product
 * with the factor is still the one that the pseudoinverse gives, because it is the projection: C E = C C^+ A.
 */
import { columnBasis } from './column-basis.ts';
import type { Matrix, Matrix64 } from './matrix.ts';
import { type Multiply, multiply } from './multiply.ts';

/**
 * E (c x n) that minimizes ||A - C E||_F, for C (m x c) and A (m x n). C E = C C^+ A, and E = C^+ A if the columns of C
 * are independent. `product` computes Q^T A, which is nearly all of the work. The error of E is that of Q^T A.
 */
export function solveLeastSquares(c: Matrix, a: Matrix, product: Multiply = multiply): Matrix64 {
  const { qt, coefficients } = columnBasis(c);
  return coefficients(widened(product(qt, a)));
}

function widened({ data, ...size }: Matrix): Matrix64 {
  return { ...size, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}
