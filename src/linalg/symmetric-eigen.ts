/**
 * Eigenpairs of a small symmetric matrix, largest first: the one place that uses ml-matrix.
 *
 * Backward stable: each eigenvalue is wrong by a small multiple of eps times the largest one in
 * magnitude, so small eigenvalues of a Gram matrix are noise below that (`svd.ts` deals with it).
 */

import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { type Matrix64, zeros } from './matrix.ts';

export interface SymmetricEigen {
  /** Non-increasing. */
  readonly values: Float64Array;
  /** Row t is the unit eigenvector of `values[t]`; rows are orthonormal to working precision. */
  readonly vectors: Matrix64;
}

/** Eigenpairs of symmetric `a` (l x l, finite); O(l^3): about 1 s at l = 512, 7 s at 1024. */
export function symmetricEigen(a: Matrix64): SymmetricEigen {
  const n = a.rows;
  if (n === 0) return { values: new Float64Array(0), vectors: zeros(0, 0) };
  const eigen = new EigenvalueDecomposition(MlMatrix.from1DArray(n, n, a.data), {
    assumeSymmetric: true,
  });
  const found = eigen.realEigenvalues;
  const order = found.map((_, t) => t).sort((s, t) => found[t]! - found[s]! || s - t);
  const vectors = zeros(n, n);
  for (let i = 0; i < n; i++) {
    const row = eigen.eigenvectorMatrix.getRow(i);
    for (let t = 0; t < n; t++) vectors.data[t * n + i] = row[order[t]!]!;
  }
  return { values: Float64Array.from(order, (t) => found[t]!), vectors };
}
