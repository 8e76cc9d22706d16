/**
 * The method that the published experiment ran under the name CUR, for comparison. Columns are drawn with replacement
 * by their squared norms; duplicates are kept and nothing is rescaled. Then A ~ C (C^+ A). There are no rows.
 *
 * The published pseudoinverse came from normal equations in float32 (`matrix_fact`'s pinv: the eigenpairs of C^T C
 * above an absolute 2.2e-16), so singular values of C below about 2.4e-4 of the largest are noise. Here the Gram matrix
 * and the pseudoinverse are rounded to float32 and the rest is float64. The difference:
 *
 * - Well-conditioned columns: errors agree with a float32 LAPACK to four digits.
 * - Nearly dependent columns: noise of the same kind, up to ten times smaller.
 * - Columns that were drawn twice: no such noise. The eigenvalue of a repeated column is 0 up to rounding. In float32,
 *   it can be above the cutoff: errors of 1.0 to 2.0 were seen (128 or more of 512 columns), while the exact projection
 *   on the same columns has 0.6. In float64 its eigenvector is right and C maps it to 0, so it does no harm. It is
 *   unknown whether the published results have that noise.
 *
 * The draws differ too, because the published experiment had no seed.
 */

import { firstRows, type Matrix64, takeColumns, transpose } from '../matrix.ts';
import { gram, multiply, multiplyTransposedLeft } from '../multiply.ts';
import { drawWithReplacement } from '../sampling.ts';
import { scaleRows } from '../scale.ts';
import { powerOfTwoNear } from '../svd.ts';
import { symmetricEigen } from '../symmetric-eigen.ts';
import type { Compress } from './compression-method.ts';

export const curPublished: Compress = (layer, rank, random) => {
  const columns = drawWithReplacement(layer.factors.squaredColumnNorms, rank, random);
  const a = layer.weight();
  const left = takeColumns(a, columns);
  const product = layer.multiply ?? multiply;
  return { left, right: product(pseudoinverse32(left), a), rank, columns };
};

/** The absolute cutoff of eigenvalues (squared singular values): float64's eps, in the published float32 code. */
const CUTOFF = Number.EPSILON;

/** C^+ as `matrix_fact` computes it, from the Gram matrix of the smaller side. */
function pseudoinverse32(c: Matrix64): Matrix64 {
  const scale = powerOfTwoNear(c);
  if (scale > LARGEST) return divided(pseudoinverse32(divided(c, scale)), scale);
  if (c.rows <= c.cols) return transpose(tallPseudoinverse32(transpose(c)));
  return tallPseudoinverse32(c);
}

/** The sum of squares of larger entries exceeds float32. The published code would have had infinities. */
const LARGEST = 2 ** 48;

function divided(a: Matrix64, by: number): Matrix64 {
  return { ...a, data: a.data.map((value) => value / by) };
}

/** With C^T C = V L V^T: U = C V L^(-1/2), and C^+ = V L^(-1/2) U^T. */
function tallPseudoinverse32(c: Matrix64): Matrix64 {
  const ct = transpose(c);
  const { values, vectors } = symmetricEigen(toFloat32(gram(ct)));
  const kept = values.findLastIndex((value) => value > CUTOFF) + 1;
  const roots = values.subarray(0, kept).map((value) => 1 / Math.sqrt(value));
  const scaled = scaleRows(firstRows(vectors, kept), roots);
  return toFloat32(multiplyTransposedLeft(scaled, multiply(scaled, ct)));
}

function toFloat32(a: Matrix64): Matrix64 {
  return { ...a, data: a.data.map(Math.fround) };
}
