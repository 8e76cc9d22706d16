/**
 * All of a large matrix's SVD: its shorter side's rows are L Q by Gram matrices (`cholesky-qr.ts`), which
 * leaves the float64 SVD of the square L.
 */

import { orthonormalizeRows } from './cholesky-qr.ts';
import { type Matrix, transpose } from './matrix.ts';
import type { Products } from './products.ts';
import { thinSvd } from './svd.ts';
import { scaledDown, scaleOf, svdOf, type TruncatedSvd, turned } from './truncated-svd.ts';

/**
 * The SVD of `a` (m x n, finite or it throws) to the precision of the products. Takes products of 8 m n l
 * flops, l = min(m, n), and an l x l eigenproblem in float64, twice or more: most of the time.
 */
export function gramSvd<H>(a: Matrix, products: Products<H>): TruncatedSvd {
  const scale = scaleOf(a);
  const rows = scaledDown(a.rows <= a.cols ? a : transposed(a), scale);
  // Orthonormalizing disposes of what it is given.
  const lq = orthonormalizeRows(products.upload(rows), products);
  const finish = { scale, rank: Math.min(a.rows, a.cols), roundoff: products.roundoff };
  if (lq === undefined) {
    return svdOf(a, { short: undefined, s: new Float64Array(0), long: undefined }, finish);
  }
  const { ut, s, vt } = thinSvd(lq.factor);
  return svdOf(a, { short: ut, s, long: turned(vt, lq.rows, products) }, finish);
}

/** In the width that it has: of a large float32 matrix there is no room for a float64 copy. */
function transposed(a: Matrix): Matrix {
  if (a.data instanceof Float64Array) return transpose(a);
  const { rows, cols } = a;
  const data = new Float32Array(rows * cols);
  for (let from = 0; from < cols; from += TILE) {
    const to = Math.min(from + TILE, cols);
    for (let i = 0; i < rows; i++) {
      for (let j = from; j < to; j++) data[j * rows + i] = a.data[i * cols + j]!;
    }
  }
  return { rows: cols, cols: rows, data };
}

const TILE = 64;
