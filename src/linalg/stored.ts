/**
 * Factors as they are stored, in float32. Errors, ranks and counts are those of these factors, because those of the
 * float64 factors do not include the effect of rounding.
 */

import type { Matrix } from './matrix.ts';
import type { Factorization } from './methods/compression-method.ts';

/** Half the distance from 1 to the next float32: the relative rounding error of a weight. */
export const FLOAT32_ROUNDOFF = 2 ** -24;

/** If the largest entry of a factor is in this range, no entry is infinite, and none loses digits that matter. */
const LARGEST = 2 ** 127;
const SMALLEST = 2 ** -100;

/** Like `storedProduct`, but interpolative factors are only rounded. */
export function storedFactors(factorization: Factorization): Factorization {
  const { left, core, right, interpolative } = factorization;
  if (interpolative) {
    // An identity cannot be scaled.
    return { ...factorization, left: rounded(left), right: rounded(right) };
  }
  const stored = storedProduct(core ? [left, core, right] : [left, right]);
  return {
    ...factorization,
    left: stored[0]!,
    ...(core && { core: stored[1]! }),
    right: stored.at(-1)!,
  };
}

/**
 * The factors of a product, rounded to float32. If a factor is outside the range of float32, all are first scaled by
 * powers of two whose product is 1, so that their largest entries are about equal. Entries can still be infinite, so
 * the caller must check them.
 */
export function storedProduct(factors: readonly Matrix[]): readonly Matrix[] {
  const sizes = factors.map(largestEntry);
  const inRange = (size: number) => size >= SMALLEST && size < LARGEST;
  // A product that is zero needs no scaling.
  if (sizes.every(inRange) || !sizes.every((size) => size > 0)) return factors.map(rounded);
  const exponents = sizes.map((size) => Math.floor(Math.log2(size)));
  const total = exponents.reduce((sum, exponent) => sum + exponent, 0);
  const common = Math.floor(total / factors.length);
  const shifts = exponents.map((exponent) => common - exponent);
  // The remainder from rounding the mean goes to the last factor.
  shifts[shifts.length - 1]! += total - common * factors.length;
  return factors.map((factor, i) => rounded(shifted(factor, shifts[i]!)));
}

function largestEntry({ data }: Matrix): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!));
  return largest;
}

/** Multiplies by 2^exponent in two steps, each within range. */
function shifted(a: Matrix, exponent: number): Matrix {
  const half = Math.trunc(exponent / 2);
  const [first, second] = [2 ** half, 2 ** (exponent - half)];
  return { ...a, data: Float64Array.from(a.data, (value) => value * first * second) };
}

function rounded(a: Matrix): Matrix {
  return a.data instanceof Float32Array ? a : { ...a, data: Float32Array.from(a.data) };
}
