/**
 * Orthonormal rows by Cholesky QR (Yamamoto, Nakatsukasa, Yanagisawa & Fukaya, ETNA 44, 2015). All work on long rows is
 * products; the rest is k x k and done in float64.
 *
 * One pass X -> L^-1 X with L L^T = X X^T leaves an error of the roundoff times cond(X)^2. Passes are repeated until
 * one starts from nearly orthonormal rows; most matrices need two. A Gram matrix has no information on directions below
 * the square root of the roundoff. If a pivot is that small (Cholesky is pivoted, so all later pivots are small too), a
 * pass only removes the other directions and enlarges the rest, as in shifted Cholesky QR (Fukaya et al., SISC 42,
 * 2020), so that the next pass can see it. A direction that is still small after it was enlarged by the inverse of the
 * roundoff is not a direction of X and is dropped. A direction that comes from rounding alone is kept. It is orthogonal
 * to the other rows of the result, but to nothing else: it can be in a space that was removed from X before.
 */

import { pivotedCholesky } from './cholesky.ts';
import type { Matrix64 } from './matrix.ts';
import { multiply } from './multiply.ts';
import type { Products } from './products.ts';

/** X = factor rows, up to the roundoff of the products times ||X||. */
export interface OrthonormalRows<H> {
  /** r x n, orthonormal, r <= k. The caller disposes of it. */
  readonly rows: H;
  /** k x r. */
  readonly factor: Matrix64;
}

export interface Orthonormalizing {
  /** Stop after the first pass that enlarges nothing. The rows are then only roughly orthonormal. */
  readonly rough?: boolean;
  /** Drop directions of `x` whose square is at most this, instead of enlarging them. Default: 0. */
  readonly least?: number;
}

/**
 * Orthonormalizes the rows of `x` (k x n, finite, squares within the range of the products), and disposes of `x`.
 * Undefined if no direction is left. Takes about 4 n k^2 flops per pass.
 */
export function orthonormalizeRows<H>(
  x: H,
  products: Products<H>,
  { rough = false, least = 0 }: Orthonormalizing = {},
): OrthonormalRows<H> | undefined {
  let rows = x;
  let factor: Matrix64 | undefined;
  // The size, relative to ||X||, of the smallest directions that are enlarged enough to be seen.
  let reach = 1;
  for (let pass = 1; ; pass++) {
    const gram = products.gram(rows);
    const near = distanceFromIdentity(gram) < NEAR;
    const trace = traceOf(gram);
    const noise = 4 * products.roundoff * trace;
    const dropping = pass === 1 && least > noise;
    const floor = dropping ? least : noise;
    const kept = !dropping && reach > products.roundoff;
    const { lower, inverse, seen } = pivotedCholesky(gram, floor, kept);
    reach *= Math.sqrt(floor / trace);
    if (lower.cols === 0) {
      products.dispose(rows);
      return undefined;
    }
    const turn = products.upload(inverse);
    const turned = products.times(turn, rows);
    for (const used of [turn, rows]) products.dispose(used);
    rows = turned;
    factor = factor === undefined ? lower : multiply(factor, lower);
    const done = near || (rough && seen === lower.cols);
    if (done || pass === MOST_PASSES) return { rows, factor };
  }
}

/** If a pass starts from rows this close to orthonormal, its result is orthonormal to a few roundoffs. */
const NEAR = 0.1;
/** Reached only if the products are less precise than their roundoff says. */
const MOST_PASSES = 8;

function distanceFromIdentity({ rows: n, data }: Matrix64): number {
  let distance = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      distance = Math.max(distance, Math.abs(data[i * n + j]! - (i === j ? 1 : 0)));
    }
  }
  return distance * Math.sqrt(n);
}

function traceOf({ rows: n, data }: Matrix64): number {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += data[i * n + i]!;
  return trace;
}
