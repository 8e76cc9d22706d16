/** The error of a factored layer in its outputs. */
import { type Matrix, type Matrix64, zeros } from '../matrix.ts';
import type { Factorization } from '../methods/compression-method.ts';
import { multiply } from '../multiply.ts';
import type { SecondMoments } from './second-moments.ts';

/**
 * ||(A - A') X - b||_F / ||A X||_F over the rows that the moments are of; b is the bias that the factors add. Errors
 * below about 1e-8 are lost in the rounding of the moments, which are squares. If all outputs are zero, it is 0 if those
 * of A' are zero too, else infinite. Pass the factors as they are stored.
 */
export function relativeOutputError(
  weight: Matrix,
  { left, core, right, bias }: Pick<Factorization, 'left' | 'core' | 'right' | 'bias'>,
  moments: SecondMoments,
): number {
  const near = multiply(core ? multiply(left, core) : left, right);
  const rest = difference(weight, near);
  const shift = bias === undefined ? 0 : shiftOf(rest, bias, moments);
  const error = Math.sqrt(Math.max(0, squaredOutputs(rest, moments) + shift));
  return error === 0 ? 0 : error / Math.sqrt(squaredOutputs(weight, moments));
}

/** ||A X||_F^2 = tr(A S A^T). */
export function squaredOutputs(a: Matrix, { sums }: SecondMoments): number {
  return innerProduct(multiply(a, sums), a);
}

/** ||E X - b||_F^2 - ||E X||_F^2. */
function shiftOf(rest: Matrix, bias: Float64Array, { rows, mean }: SecondMoments): number {
  const outputs = multiply(rest, { rows: mean.length, cols: 1, data: mean }).data;
  return bias.reduce((sum, value, i) => sum + rows * value * (value - 2 * outputs[i]!), 0);
}

function difference(a: Matrix, b: Matrix): Matrix64 {
  const rest = zeros(a.rows, a.cols);
  for (let i = 0; i < rest.data.length; i++) rest.data[i] = a.data[i]! - b.data[i]!;
  return rest;
}

export function innerProduct(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
}
