/**
 * Orthonormal rows by Cholesky QR (Yamamoto, Nakatsukasa, Yanagisawa & Fukaya, ETNA 44, 2015): all the
 * work on long rows is products; what is left is k x k and done in float64.
 *
 * One pass X -> L^-1 X with L L^T = X X^T leaves an error of the roundoff times cond(X)^2, so passes are
 * repeated until one began near orthonormal: two for most matrices. A Gram matrix tells nothing about
 * directions below the square root of the roundoff. Where a pivot is down there (Cholesky is pivoted,
 * so all later ones are) a pass only removes the other directions and enlarges what is left, in the
 * manner of shifted Cholesky QR (Fukaya et al., SISC 42, 2020), for the next pass to see. What is still
 * down there after it was enlarged by the inverse of the roundoff is no direction of X, and is dropped. A
 * direction that rounding alone has made is kept, and does no harm.
 */

import { type Matrix64, zeros } from './matrix.ts';
import { multiply } from './multiply.ts';
import type { Products } from './products.ts';

/** X = factor rows, up to the roundoff of the products times ||X||. */
export interface OrthonormalRows<H> {
  /** r x n, orthonormal; r <= k. Its user disposes of it. */
  readonly rows: H;
  /** k x r. */
  readonly factor: Matrix64;
}

/**
 * Orthonormalizes the rows of `x` (k x n, finite, squares within the range of the products), which it
 * disposes of. Undefined where `x` is zero. Takes about 4 n k^2 flops a pass. `passes`: at most; one leaves
 * rows that are orthonormal roughly, if at all.
 */
export function orthonormalizeRows<H>(
  x: H,
  products: Products<H>,
  passes = MOST_PASSES,
): OrthonormalRows<H> | undefined {
  let rows = x;
  let factor: Matrix64 | undefined;
  // The size, relative to ||X||, of the smallest directions that have been enlarged into sight.
  let reach = 1;
  for (let pass = 1; ; pass++) {
    const gram = products.gram(rows);
    const near = distanceFromIdentity(gram) < NEAR;
    const trace = traceOf(gram);
    const floor = 4 * products.roundoff * trace;
    const { lower, inverse } = pivotedCholesky(gram, floor, reach > products.roundoff);
    reach *= Math.sqrt(floor / trace);
    if (lower.cols === 0) {
      products.dispose(rows);
      return undefined;
    }
    const turn = products.upload(inverse);
    const turned = products.times(turn, rows);
    for (const done of [turn, rows]) products.dispose(done);
    rows = turned;
    factor = factor === undefined ? lower : multiply(factor, lower);
    if (near || pass === passes) return { rows, factor };
  }
}

/** A pass that begins so near to orthonormal rows ends with them to a few roundoffs. */
const NEAR = 0.1;
/** Never reached but where the products are worse than their roundoff says. */
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

interface Cholesky {
  /** k x r, G = lower lower^T; lower triangular but for the order of its rows. */
  readonly lower: Matrix64;
  /** r x k, inverse * lower = I. */
  readonly inverse: Matrix64;
}

/**
 * Of a positive semidefinite `g`. Pivots down to `floor`, what errors of its entries can make of a pivot
 * that ought to be zero, are taken as they are. The rest of the matrix is noise by then: it counts as
 * `floor` times the identity, or as zero where it is not `kept`.
 */
function pivotedCholesky(g: Matrix64, floor: number, kept: boolean): Cholesky {
  const n = g.rows;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const rest = Float64Array.from({ length: n }, (_, i) => g.data[i * n + i]!);
  // Row i belongs to row order[i] of `g`.
  const l = new Float64Array(n * n);
  let rank = 0;
  for (; rank < n; rank++) {
    const t = rank;
    const pivot = largestFrom(rest, t);
    if (!(rest[pivot]! > floor)) break;
    exchange(l, order, rest, t, pivot);
    const root = Math.sqrt(rest[t]!);
    l[t * n + t] = root;
    for (let i = t + 1; i < n; i++) {
      let value = g.data[order[i]! * n + order[t]!]!;
      for (let p = 0, a = i * n, b = t * n; p < t; p++) value -= l[a + p]! * l[b + p]!;
      value /= root;
      l[i * n + t] = value;
      rest[i]! -= value * value;
    }
  }
  if (kept && rank > 0) {
    for (let t = rank; t < n; t++) l[t * n + t] = Math.sqrt(floor);
    rank = n;
  }
  return unpermuted(l, order, rank);
}

function largestFrom(values: Float64Array, from: number): number {
  let best = from;
  for (let i = from + 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function exchange(
  l: Float64Array,
  order: Int32Array,
  rest: Float64Array,
  s: number,
  t: number,
): void {
  if (s === t) return;
  const n = order.length;
  const row = l.slice(s * n, s * n + s);
  l.copyWithin(s * n, t * n, t * n + s);
  l.set(row, t * n);
  [order[s], order[t]] = [order[t]!, order[s]!];
  [rest[s], rest[t]] = [rest[t]!, rest[s]!];
}

function unpermuted(l: Float64Array, order: Int32Array, rank: number): Cholesky {
  const n = order.length;
  const lower = zeros(n, rank);
  for (let i = 0; i < n; i++) lower.data.set(l.subarray(i * n, i * n + rank), order[i]! * rank);
  const triangle = invertedLower(l, n, rank);
  const inverse = zeros(rank, n);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) inverse.data[i * n + order[j]!] = triangle[i * rank + j]!;
  }
  return { lower, inverse };
}

/** The inverse of the leading `rank` rows and columns of the lower triangle `l`, whose rows are n apart. */
function invertedLower(l: Float64Array, n: number, rank: number): Float64Array {
  const inverse = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    const at = i * rank;
    for (let p = 0; p < i; p++) {
      const factor = l[i * n + p]!;
      if (factor === 0) continue;
      for (let j = 0, from = p * rank; j <= p; j++) inverse[at + j]! -= factor * inverse[from + j]!;
    }
    const pivot = l[i * n + i]!;
    for (let j = 0; j < i; j++) inverse[at + j]! /= pivot;
    inverse[at + i] = 1 / pivot;
  }
  return inverse;
}
