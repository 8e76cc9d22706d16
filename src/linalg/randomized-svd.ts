/**
 * The leading part of the SVD of a large matrix, by products only (Halko, Martinsson & Tropp, SIAM Review 53(2), 2011),
 * in a block Krylov space.
 *
 * Subspace iteration (torch's svd_lowrank, scikit-learn's randomized_svd) keeps only the last block of rows. With its
 * usual two steps and ten rows more than the rank, the error at rank 141 of a 2048 x 2048 matrix was 1% above the least
 * possible, for singular values 1/i and their square roots. Five blocks of half as many rows, all kept, need fewer
 * products and were within 0.07% there.
 *
 * Half as many rows cannot find more equal singular values than there are rows. So a few other random rows look for
 * missed directions. If they find any, the computation is repeated with blocks larger than the rank.
 */

import {
  type KrylovSpace,
  krylovSpace,
  largestSquareOutside,
  type Operator,
} from './block-krylov.ts';
import { orthonormalizeRows } from './cholesky-qr.ts';
import type { Matrix } from './matrix.ts';
import type { Products } from './products.ts';
import type { RandomStream } from './random.ts';
import { thinSvd } from './svd.ts';
import {
  type LongAndShort,
  scaledDown,
  scaleOf,
  svdOf,
  type TruncatedSvd,
  turned,
} from './truncated-svd.ts';

const OVERSAMPLING = 10;
const BLOCKS = 5;
const LARGE_BLOCKS = 3;
const PROBES = 4;

/**
 * The `rank` leading triplets of `a` (m x n, finite or it throws), or fewer if the rest is rounding. `rank` is at most
 * `largestRank(m, n)`. Takes products of 10 m n (rank + 11) flops and a float64 SVD of 2.5 (rank + 11) rows. Memory
 * besides A: about 10 rank x (m + n) entries, and the memory of the products. If rank / 2 or more singular values are
 * nearly equal, it takes 2.2 times as long. `squaredNorm`: ||A||_F^2 if it is known.
 */
export function randomizedSvd<H>(
  a: Matrix,
  rank: number,
  random: RandomStream,
  products: Products<H>,
  squaredNorm?: number,
): TruncatedSvd {
  const scale = scaleOf(a, squaredNorm);
  const weight = products.upload(scaledDown(a, scale));
  const wide = a.rows <= a.cols;
  const operator: Operator<H> = {
    products,
    short: Math.min(a.rows, a.cols),
    toLong: (x) => (wide ? products.times(x, weight) : products.timesTransposed(x, weight)),
    toShort: (x) => (wide ? products.timesTransposed(x, weight) : products.times(x, weight)),
  };
  const size = rank + OVERSAMPLING;
  const half = leading(operator, rank, { size: Math.ceil(size / 2), blocks: BLOCKS }, random);
  const found = half.missed
    ? leading(operator, rank, { size, blocks: LARGE_BLOCKS }, random)
    : half;
  products.dispose(weight);
  return svdOf(a, found, { scale, rank, roundoff: products.roundoff });
}

/** Above it, the blocks would fill the shorter side of an m x n matrix. */
export function largestRank(m: number, n: number): number {
  return Math.floor((2 * Math.min(m, n)) / BLOCKS) - OVERSAMPLING - PROBES;
}

interface Shape {
  readonly size: number;
  readonly blocks: number;
}

function leading<H>(
  operator: Operator<H>,
  rank: number,
  { size, blocks }: Shape,
  random: RandomStream,
): LongAndShort & { readonly missed: boolean } {
  const { products } = operator;
  const space = krylovSpace(operator, size, blocks, random);
  const isZero = space.long.length === 0;
  const outside = isZero ? 0 : largestSquareOutside(operator, space, PROBES, random);
  const triplets = ritz(space, rank, products);
  const { s } = triplets;
  const least = Math.max(s[rank - 1] ?? 0, NOISE * products.roundoff * (s[0] ?? 0));
  return { ...triplets, missed: s.length > 0 && outside > least ** 2 };
}

/** Values below this share of the largest may be rounding. */
const NOISE = 32;

/** The triplets of A within the space (Rayleigh & Ritz); disposes of the space. */
function ritz<H>(space: KrylovSpace<H>, rank: number, products: Products<H>): LongAndShort {
  const none = { short: undefined, s: new Float64Array(0), long: undefined };
  if (space.long.length === 0) return none;
  const image = products.stack(space.short);
  for (const done of space.short) products.dispose(done);
  // K A^T = L Q, so A ~ Q^T L^T K, seen from the shorter side.
  const lq = orthonormalizeRows(image, products);
  if (lq === undefined) {
    for (const done of space.long) products.dispose(done);
    return none;
  }
  const { ut, s, vt } = thinSvd(lq.factor, rank);
  return { short: turned(vt, [lq.rows], products), s, long: turned(ut, space.long, products) };
}
