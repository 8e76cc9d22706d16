/** The leading part of an SVD computed by products: its form, scale, signs and cutoff. */

import { firstRows, type Matrix, zeros } from './matrix.ts';
import type { Products } from './products.ts';
import { fixSigns, powerOfTwoNear } from './svd.ts';

/** A ~ U diag(s) V^T, one vector per row as in `ThinSvd`, to the precision of the products. */
export interface TruncatedSvd {
  readonly ut: Matrix;
  readonly s: Float64Array;
  readonly vt: Matrix;
}

/** Triplets by the sides of A: short vectors have min(m, n) entries. Undefined if A is zero. */
export interface LongAndShort {
  readonly short: Matrix | undefined;
  readonly s: Float64Array;
  readonly long: Matrix | undefined;
}

export interface Finish {
  /** A was divided by this. */
  readonly scale: number;
  readonly rank: number;
  readonly roundoff: number;
}

/** Values at the rounding level of the products do not belong to directions of A. */
const NOISE = 32;

export function svdOf(
  a: Matrix,
  { short, s, long }: LongAndShort,
  { scale, rank, roundoff }: Finish,
): TruncatedSvd {
  if (short === undefined || long === undefined) {
    return { ut: zeros(0, a.rows), s: new Float64Array(0), vt: zeros(0, a.cols) };
  }
  const above = s.findLastIndex((value) => value > NOISE * roundoff * s[0]!) + 1;
  const count = Math.min(above, rank);
  const [ut, vt] = a.rows <= a.cols ? [short, long] : [long, short];
  const values = s.slice(0, count).map((value) => value * scale);
  const svd = { ut: firstRows(ut, count), s: values, vt: firstRows(vt, count) };
  fixSigns(svd);
  return svd;
}

/** `turn` times the rows of all blocks, fetched. Disposes of the blocks. */
export function turned<H>(turn: Matrix, blocks: readonly H[], products: Products<H>): Matrix {
  const left = products.upload(turn);
  const product = products.timesStack(left, blocks);
  const fetched = products.download(product);
  for (const done of [left, ...blocks, product]) products.dispose(done);
  return fetched;
}

/**
 * 1 if the squares of the entries are already far within the range of float32, which avoids a copy. Throws on an entry
 * that is not finite. `squaredNorm`: ||A||_F^2 if it is known, which saves a pass.
 */
export function scaleOf(a: Matrix, squaredNorm = Number.NaN): number {
  const typical = Math.sqrt(squaredNorm / a.data.length);
  // No entry is larger than the norm.
  if (typical > 2 ** -16 && Math.sqrt(squaredNorm) < 2 ** 16) return 1;
  const scale = powerOfTwoNear(a);
  return scale > 2 ** -16 && scale < 2 ** 16 ? 1 : scale;
}

export function scaledDown(a: Matrix, scale: number): Matrix {
  if (scale === 1) return a;
  const data = a.data.slice();
  for (let i = 0; i < data.length; i++) data[i]! /= scale;
  return { ...a, data };
}
