/**
 * The full SVD of a large matrix. The rows of its shorter side are factored as L Q by Gram matrices (`cholesky-qr.ts`),
 * which leaves the SVD of the square L in float64.
 */

import { orthonormalizeRows } from './cholesky-qr.ts';
import type { Matrix } from './matrix.ts';
import { type Products, transposed } from './products.ts';
import { thinSvd } from './svd.ts';
import { scaledDown, scaleOf, svdOf, type TruncatedSvd, turned } from './truncated-svd.ts';

/**
 * The SVD of `a` (m x n, finite or it throws) to the precision of the products. Takes products of 8 m n l flops, l =
 * min(m, n), and two or more l x l eigenproblems in float64, which take most of the time.
 */
export function gramSvd<H>(a: Matrix, products: Products<H>): TruncatedSvd {
  const scale = scaleOf(a);
  const rows = scaledDown(a.rows <= a.cols ? a : transposed(a), scale);
  // Orthonormalizing disposes of its argument.
  const lq = orthonormalizeRows(products.upload(rows), products);
  const finish = { scale, rank: Math.min(a.rows, a.cols), roundoff: products.roundoff };
  if (lq === undefined) {
    return svdOf(a, { short: undefined, s: new Float64Array(0), long: undefined }, finish);
  }
  const { ut, s, vt } = thinSvd(lq.factor);
  return svdOf(a, { short: ut, s, long: turned(vt, [lq.rows], products) }, finish);
}
