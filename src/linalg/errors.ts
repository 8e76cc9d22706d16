/**
 * The distance of a factored layer from the original, and the least distance of any layer of that rank. Both use the
 * Frobenius norm, in float64.
 */

import type { LayerFactors } from './factors.ts';
import type { Matrix } from './matrix.ts';
import type { Factorization } from './methods/compression-method.ts';
import { type Multiply, multiply } from './multiply.ts';
import { squaredResidual } from './residual.ts';
import { FLOAT32_ROUNDOFF } from './stored.ts';

/**
 * ||A - L R||_F / ||A||_F, computed from the residual itself, so that it is right even if it is tiny. For the zero
 * matrix, it is 0 if L R is zero too, else infinite. It is no more precise than `product`.
 */
export function relativeError(a: Matrix, left: Matrix, right: Matrix, product?: Multiply): number {
  const { residual, total } = squaredResidual(a, left, right, product);
  return ratio(Math.sqrt(residual), Math.sqrt(total));
}

/**
 * ||A - A'||_F / ||A||_F for the factors of A'. The result of `product` is used if its rounding is far below the error;
 * else all is computed again in float64. So the error of float32 factors is right to 1%. Pass the factors as they are
 * stored.
 */
export function factorizationError(
  a: Matrix,
  { left, core, right }: Pick<Factorization, 'left' | 'core' | 'right'>,
  product?: Multiply,
): number {
  const errorBy = (one?: Multiply) =>
    relativeError(a, core ? (one ?? multiply)(left, core) : left, right, one);
  if (product === undefined) return errorBy();
  const found = errorBy(product);
  const size = norm(left) * (core ? norm(core) : 1) * norm(right);
  return found * norm(a) > TRUSTED * FLOAT32_ROUNDOFF * size ? found : errorBy();
}

/** Times its rounding: an error this large is right to 1% in single precision. */
const TRUSTED = 16;

function norm({ data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
  return Math.sqrt(sum);
}

/**
 * OPT_F = ||A - A_k||_F, the least error of any matrix of rank k (Eckart & Young).
 *
 * It is the norm of the singular values from k on, plus the part of ||A||_F^2 outside the known singular values (if
 * only some are known). A difference below (1e-6 ||A||_F)^2 is rounding and counts as zero.
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

/** OPT_F / ||A||_F: the least possible value of `relativeError` at rank k. */
export function relativeOptimum(factors: Spectrum, k: number): number {
  return ratio(optimalError(factors, k), Math.sqrt(factors.squaredNorm));
}

type Spectrum = Pick<LayerFactors, 's' | 'squaredNorm'>;

function ratio(error: number, norm: number): number {
  return error === 0 ? 0 : error / norm;
}
