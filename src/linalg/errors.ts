/**
 * How far a factored layer is from the layer, and how near any layer of that rank could be; both in the
 * Frobenius norm, in float64.
 */

import type { LayerFactors } from './factors.ts';
import type { Matrix } from './matrix.ts';
import { type Multiply, multiply } from './multiply.ts';
import { fitsPanels, squaredResidual } from './residual.ts';

/**
 * ||A - L R||_F / ||A||_F, from the residual itself, so that it is right however small it is. Of the zero
 * matrix: 0 where L R is zero too, else infinite. It is no nearer to the truth than the precision of
 * `product`.
 */
export function relativeError(a: Matrix, left: Matrix, right: Matrix, product?: Multiply): number {
  const { residual, total } =
    product === undefined && fitsPanels(left)
      ? squaredResidual(a, left, right)
      : residualBy(product ?? multiply, a, left, right);
  return ratio(Math.sqrt(residual), Math.sqrt(total));
}

function residualBy(product: Multiply, a: Matrix, left: Matrix, right: Matrix) {
  let residual = 0;
  let total = 0;
  for (let from = 0; from < a.rows; from += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, a.rows - from);
    const block = left.data.subarray(from * left.cols, (from + rows) * left.cols);
    const near = product({ rows, cols: left.cols, data: block }, right);
    const exact = a.data.subarray(from * a.cols, (from + rows) * a.cols);
    residual += squaredDistance(exact, near.data);
    total += squaredDistance(exact);
  }
  return { residual, total };
}

function squaredDistance(x: Matrix['data'], y?: Matrix['data']): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = y ? x[i]! - y[i]! : x[i]!;
    sum += difference * difference;
  }
  return sum;
}

/**
 * OPT_F = ||A - A_k||_F, the least error of any matrix of rank k (Eckart & Young).
 *
 * It is the norm of the singular values from k on, plus what they don't account for of ||A||_F^2 (where
 * only some are known). That difference is rounding where it is below (1e-6 ||A||_F)^2, and counts as
 * zero then.
 */
export function optimalError(factors: Spectrum, k: number): number {
  let head = 0;
  let tail = 0;
  factors.s.forEach((value, t) => {
    if (t < k) head += value ** 2;
    else tail += value ** 2;
  });
  const missing = factors.squaredNorm - head - tail;
  return Math.sqrt(missing > 1e-12 * factors.squaredNorm ? tail + missing : tail);
}

/** OPT_F / ||A||_F: the least value that `relativeError` can have at rank k. */
export function relativeOptimum(factors: Spectrum, k: number): number {
  return ratio(optimalError(factors, k), Math.sqrt(factors.squaredNorm));
}

type Spectrum = Pick<LayerFactors, 's' | 'squaredNorm'>;

/** Bounds the memory of a product that is as large as the layer. */
const ROWS_AT_ONCE = 256;

function ratio(error: number, norm: number): number {
  return error === 0 ? 0 : error / norm;
}
