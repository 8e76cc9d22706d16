/**
 * What the seed project ran under the name of CUR, for comparison: columns drawn with replacement by
 * their squared norms, duplicates kept and nothing rescaled, and A ~ C (C^+ A). There are no rows.
 *
 * Its pseudoinverse came from normal equations in float32 (`matrix_fact`'s pinv: the eigenpairs of C^T C
 * above an absolute 2.2e-16), so singular values of C below about 2.4e-4 of the largest are noise.
 * Here the Gram matrix and the pseudoinverse are rounded to float32, the rest is float64: errors agree with
 * a float32 LAPACK to four figures where C is well conditioned; where it isn't, the noise is of the same
 * kind and up to ten times smaller. The draws differ as well: the seed's were unseeded.
 */

import { firstRows, type Matrix64, takeColumns, transpose } from '../matrix.ts';
import { gram, multiply, multiplyTransposedLeft } from '../multiply.ts';
import { drawWithReplacement } from '../sampling.ts';
import { scaleRows } from '../scale.ts';
import { symmetricEigen } from '../symmetric-eigen.ts';
import type { Compress } from './compression-method.ts';

export const curSeed: Compress = (layer, rank, random) => {
  const columns = drawWithReplacement(layer.factors.squaredColumnNorms, rank, random);
  const a = layer.weight();
  const left = takeColumns(a, columns);
  return { left, right: multiply(pseudoinverse32(left), a), rank, columns };
};

/** The absolute cutoff of eigenvalues (squared singular values): float64's eps, in the seed's float32 code. */
const CUTOFF = Number.EPSILON;

/** C^+ as `matrix_fact` computes it: from the Gram matrix of the smaller side. */
function pseudoinverse32(c: Matrix64): Matrix64 {
  if (c.rows <= c.cols) return transpose(tallPseudoinverse32(transpose(c)));
  return tallPseudoinverse32(c);
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
