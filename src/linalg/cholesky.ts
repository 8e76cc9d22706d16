/** The Cholesky factor of a Gram matrix in float64, and its inverse. */

import { type Matrix64, zeros } from './matrix.ts';

export interface Cholesky {
  /** k x r, G = lower lower^T; lower triangular except for the order of its rows. */
  readonly lower: Matrix64;
  /** r x k, inverse * lower = I. */
  readonly inverse: Matrix64;
  /** The number of pivots above the floor. The other r - seen are kept noise. */
  readonly seen: number;
}

/**
 * Of a positive semidefinite `g`, largest pivot first. `floor` is the largest pivot that errors in the entries of `g` can
 * make where the exact pivot is zero. From the first pivot of at most `floor` on, the rest of the matrix is noise. It
 * counts as `floor` times the identity, or as zero if it is not `kept`.
 */
export function pivotedCholesky(g: Matrix64, floor: number, kept: boolean): Cholesky {
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
      const value = reduced(g.data[order[i]! * n + order[t]!]!, l, i * n, t * n, t) / root;
      l[i * n + t] = value;
      rest[i]! -= value * value;
    }
  }
  const seen = rank;
  if (kept && rank > 0) {
    for (let t = rank; t < n; t++) l[t * n + t] = Math.sqrt(floor);
    rank = n;
  }
  return { ...unpermuted(l, order, rank), seen };
}

/** `value` minus the first `count` products of two rows of `l`, which start at `a` and `b`. */
function reduced(value: number, l: Float64Array, a: number, b: number, count: number): number {
  for (let p = 0; p < count; p++) value -= l[a + p]! * l[b + p]!;
  return value;
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

function unpermuted(
  l: Float64Array,
  order: Int32Array,
  rank: number,
): Pick<Cholesky, 'lower' | 'inverse'> {
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

/** The inverse of the leading `rank` rows and columns of the lower triangle `l`, whose rows are n entries apart. */
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
