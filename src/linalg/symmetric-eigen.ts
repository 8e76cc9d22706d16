/**
 * Eigenpairs of a symmetric matrix, largest first. Small matrices use ml-matrix, which is used only here. Large ones
 * use products (`panel-eigen.ts`), in a fifth of its time.
 *
 * Backward stable: the error of each eigenvalue is a small multiple of eps times the largest magnitude. So eigenvalues
 * of a Gram matrix below that are noise (`svd.ts` handles this).
 */

import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { type Matrix64, transpose, zeros } from './matrix.ts';
import { type Eigenpairs, panelEigen } from './panel-eigen.ts';

export interface SymmetricEigen {
  /** Non-increasing. */
  readonly values: Float64Array;
  /** Row t is the unit eigenvector of `values[t]`; rows are orthonormal to working precision. */
  readonly vectors: Matrix64;
}

/** Up to this many rows, the library is as fast. */
const SMALL = 16;

/**
 * Eigenpairs of symmetric `a` (l x l, finite). O(l^3): about 0.2 s for l = 512, 1.3 s for 1024. Up to `small` rows, the
 * library computes them.
 */
export function symmetricEigen(a: Matrix64, small = SMALL): SymmetricEigen {
  const scale = powerOfTwoOf(a);
  const { some, none } = rowsThatHold(a, NOTHING * scale);
  const square = squareOf(a, some, scale);
  const pairs = square.rows > small ? panelEigen(square) : libraryEigen(square);
  const found = new Float64Array(a.rows);
  found.set(pairs.values);
  const order = Array.from(found.keys()).sort((s, t) => found[t]! - found[s]! || s - t);
  const vectors = zeros(a.rows, a.rows);
  order.forEach((s, t) => {
    const row = vectors.data.subarray(t * a.rows, (t + 1) * a.rows);
    if (s >= some.length) row[none[s - some.length]!] = 1;
    else for (const [i, at] of some.entries()) row[at] = pairs.vectors.data[s * some.length + i]!;
  });
  return { values: Float64Array.from(order, (t) => found[t]! * scale), vectors };
}

function libraryEigen({ rows: n, data }: Matrix64): Eigenpairs {
  if (n === 0) return { values: [], vectors: zeros(0, 0) };
  const options = { assumeSymmetric: true };
  const eigen = new EigenvalueDecomposition(MlMatrix.from1DArray(n, n, data), options);
  const columns = Float64Array.from(eigen.eigenvectorMatrix.to1DArray());
  return {
    values: eigen.realEigenvalues,
    vectors: transpose({ rows: n, cols: n, data: columns }),
  };
}

/**
 * Rows of zeros are separated exactly, and so are rows that are negligible next to the others: dead units of a network
 * leave denormal numbers. Each is an eigenvector of its own, with eigenvalue zero.
 */
const NOTHING = 2 ** -100;

function rowsThatHold({ rows: n, data }: Matrix64, threshold: number) {
  const [some, none]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) {
    let j = 0;
    while (j < n && !(Math.abs(data[i * n + j]!) > threshold)) j++;
    (j < n ? some : none).push(i);
  }
  return { some, none };
}

/** The submatrix of the rows and columns at `indices`, divided by `scale`. */
function squareOf({ cols, data }: Matrix64, indices: readonly number[], scale: number): Matrix64 {
  const n = indices.length;
  const square = zeros(n, n);
  for (let i = 0; i < n; i++) {
    const from = indices[i]! * cols;
    for (let j = 0; j < n; j++) square.data[i * n + j] = data[from + indices[j]!]! / scale;
  }
  return square;
}

/** Divided by this, which is exact, squares are in range. */
function powerOfTwoOf({ data }: Matrix64): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!));
  return largest === 0 ? 1 : 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
}
