/**
 * All of a large matrix's SVD: its shorter side's rows are L Q by Gram matrices (`cholesky-qr.ts`), which
 * leaves the float64 SVD of the square L.
 */

import { orthonormalizeRows } from './cholesky-qr.ts';
import type { Matrix } from './matrix.ts';
import { type Products, transposed } from './products.ts';
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
