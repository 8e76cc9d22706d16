/**
 * Orthonormal rows K that nearly hold the leading right singular vectors of A, and K A^T: the block Krylov
 * space of random rows (Musco & Musco, NeurIPS 2015).
 *
 * Each block is the last one times A^T A, orthonormalized on either side so that weak directions aren't
 * lost beside strong ones, and against all blocks before (twice, as once leaves rounding errors that
 * orthonormalizing enlarges).
 */

import { orthonormalizeRows } from './cholesky-qr.ts';
import type { Matrix } from './matrix.ts';
import type { Products } from './products.ts';
import type { RandomStream } from './random.ts';

/** A, seen from its shorter side; the handles that it returns are new. */
export interface Operator<H> {
  readonly products: Products<H>;
  /** Entries of a short row. */
  readonly short: number;
  /** Rows x to x A, where A has at most as many rows as columns; else x A^T. */
  toLong(x: H): H;
  /** The way back. */
  toShort(x: H): H;
}

export interface KrylovSpace<H> {
  /** Blocks of rows of K; none where A is zero. Their user disposes of both lists. */
  readonly long: readonly H[];
  /** What `toShort` makes of each. */
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
    // A copy, for orthonormalizing disposes of what it is given.
    const next = orthonormalizeRows(products.stack([image]), products);
    if (next === undefined) break;
    basis = next.rows;
  }
  return { long, short };
}

/**
 * The largest square of a singular value that a few random rows find in what `space` leaves of A: one that
 * is larger than those found in the space shows that it has missed a direction.
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

/** The part of `basis`' images outside of the rows known, orthonormal; `basis` stays. */
function newRows<H>(operator: Operator<H>, basis: H, known: readonly H[]): H | undefined {
  const { products } = operator;
  let rows = operator.toLong(basis);
  if (known.length > 0) {
    for (const block of known) rows = without(rows, block, products);
    // Roughly will do for what is done again.
    const rest = orthonormalizeRows(rows, products, 1);
    if (rest === undefined) return undefined;
    rows = rest.rows;
    for (const block of known) rows = without(rows, block, products);
  }
  return orthonormalizeRows(rows, products)?.rows;
}

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
