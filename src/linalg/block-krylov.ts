/**
 * Orthonormal rows K that nearly contain the leading right singular vectors of A, and K A^T. K is the block Krylov
 * space of random rows (Musco & Musco, NeurIPS 2015).
 *
 * Each block is the last one times A^T A. It is orthonormalized between the two products, so that strong directions do
 * not drown weak ones. It is also orthogonalized against all earlier blocks: twice, because once leaves rounding
 * errors, and orthonormalizing enlarges them.
 */

import { orthonormalizeRows } from './cholesky-qr.ts';
import type { Matrix } from './matrix.ts';
import type { Products } from './products.ts';
import type { RandomStream } from './random.ts';

/** A, seen from its shorter side. The caller owns the returned handles. */
export interface Operator<H> {
  readonly products: Products<H>;
  /** Entries of a short row. */
  readonly short: number;
  /** Maps rows x to x A if A has at most as many rows as columns, else to x A^T. */
  toLong(x: H): H;
  /** The way back. */
  toShort(x: H): H;
}

export interface KrylovSpace<H> {
  /** The blocks of rows of K. Empty if A is zero. The caller disposes of both lists. */
  readonly long: readonly H[];
  /** The result of `toShort` for each block. */
  readonly short: readonly H[];
}

/** `blocks` blocks of at most `size` rows. */
export function krylovSpace<H>(
  operator: Operator<H>,
  size: number,
  blocks: number,
  random: RandomStream,
): KrylovSpace<H> {
  const { products } = operator;
  const long: H[] = [];
  const short: H[] = [];
  let basis = products.upload(gaussian(Math.min(size, operator.short), operator.short, random));
  for (;;) {
    const block = newRows(operator, basis, long);
    products.dispose(basis);
    if (block === undefined) break;
    const image = operator.toShort(block);
    long.push(block);
    short.push(image);
    if (long.length === blocks) break;
    // A copy, because orthonormalizing disposes of its argument.
    const next = orthonormalizeRows(products.stack([image]), products);
    if (next === undefined) break;
    basis = next.rows;
  }
  return { long, short };
}

/**
 * The largest square of a singular value that a few random rows find in the part of A outside `space`. If it is larger
 * than those found in the space, the space has missed a direction.
 */
export function largestSquareOutside<H>(
  operator: Operator<H>,
  { long }: KrylovSpace<H>,
  probes: number,
  random: RandomStream,
): number {
  const { products } = operator;
  const start = products.upload(gaussian(probes, operator.short, random));
  const rows = newRows(operator, start, long);
  products.dispose(start);
  if (rows === undefined) return 0;
  const image = operator.toShort(rows);
  const { rows: n, data } = products.gram(image);
  for (const done of [rows, image]) products.dispose(done);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, data[i * n + i]!);
  return largest;
}

/** The part of the images of `basis` outside the known rows, orthonormal. Does not dispose of `basis`. */
function newRows<H>(operator: Operator<H>, basis: H, known: readonly H[]): H | undefined {
  const { products } = operator;
  let rows = operator.toLong(basis);
  if (known.length > 0) {
    for (const block of known) rows = without(rows, block, products);
    // A rough result is enough, because the step is repeated. Weak directions must have been enlarged, or they would be
    // dropped below.
    const rest = orthonormalizeRows(rows, products, { rough: true });
    if (rest === undefined) return undefined;
    rows = rest.rows;
    for (const block of known) rows = without(rows, block, products);
    return orthonormalizeRows(rows, products, { least: OUTSIDE })?.rows;
  }
  return orthonormalizeRows(rows, products)?.rows;
}

/**
 * Before the second removal of the known rows, each direction has length 1 and should be outside them. If its square
 * falls to this, it was a rounding error of the first removal that is within the known rows. If it were enlarged again,
 * a known row would be in the space twice. All rounding errors of a constant matrix are of this kind, because its
 * images have no other direction.
 */
const OUTSIDE = 1 / 4;

/** Disposes of `x`. */
function without<H>(x: H, block: H, products: Products<H>): H {
  const coefficients = products.timesTransposed(x, block);
  const along = products.times(coefficients, block);
  const rest = products.minus(x, along);
  for (const done of [x, coefficients, along]) products.dispose(done);
  return rest;
}

function gaussian(rows: number, cols: number, random: RandomStream): Matrix {
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < data.length; i++) data[i] = random.normal();
  return { rows, cols, data };
}
