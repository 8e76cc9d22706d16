/**
 * Eigenpairs of a symmetric matrix, faster than a library unless the matrix is small. The matrix is reduced to a
 * tridiagonal one, which is solved by the QL algorithm with implicit shifts (tql2 of EISPACK; Bowdler, Martin, Reinsch
 * & Wilkinson, Numer. Math. 11, 1968). The rotations are applied to the vectors in bulk.
 */
import { RowRotations } from './kernels/rotations.ts';
import type { Matrix64 } from './matrix.ts';
import { tridiagonalize } from './tridiagonal.ts';

export interface Eigenpairs {
  /** In no order. */
  readonly values: ArrayLike<number>;
  /** One unit eigenvector per row. */
  readonly vectors: Matrix64;
}

/** The eigenpairs of symmetric `a` (n x n, finite, squares in range), which is overwritten. */
export function panelEigen(a: Matrix64): Eigenpairs {
  const { diagonal, offDiagonal, qt } = tridiagonalize(a);
  const rotations = new RowRotations(qt);
  diagonalize(diagonal, offDiagonal, rotations);
  rotations.finish();
  return { values: diagonal, vectors: qt };
}

/** Turns the diagonal into eigenvalues, in no order, and reports each rotation. */
function diagonalize(d: Float64Array, offDiagonal: Float64Array, rotations: RowRotations): void {
  const n = d.length;
  const e = new Float64Array(n);
  e.set(offDiagonal);
  let shift = 0;
  let size = 0;
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(d[l]!) + Math.abs(e[l]!));
    const negligible = Number.EPSILON * size;
    // The last element of e is zero.
    let m = l;
    while (Math.abs(e[m]!) > negligible) m++;
    while (Math.abs(e[l]!) > negligible) shift += sweep(d, e, l, m, rotations);
    d[l]! += shift;
  }
}

/** One step of QL on rows l to m, shifted by an eigenvalue of the leading 2 x 2. Returns the shift. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  rotations: RowRotations,
): number {
  const before = d[l]!;
  const ratio = (d[l + 1]! - before) / (2 * e[l]!);
  const root = ratio < 0 ? -hypotenuse(ratio, 1) : hypotenuse(ratio, 1);
  d[l] = e[l]! / (ratio + root);
  d[l + 1] = e[l]! * (ratio + root);
  const nextDiagonal = d[l + 1]!;
  const nextOff = e[l + 1]!;
  const shift = before - d[l]!;
  for (let i = l + 2; i < d.length; i++) d[i]! -= shift;
  let p = d[m]!;
  let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0];
  rotations.sweepFrom(m);
  for (let i = m - 1; i >= l; i--) {
    [c3, c2, s2] = [c2, c, s];
    const g = c * e[i]!;
    const h = c * p;
    const r = hypotenuse(p, e[i]!);
    e[i + 1] = s * r;
    s = e[i]! / r;
    c = p / r;
    p = c * d[i]! - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]!);
    rotations.turn(c, s);
  }
  p = (-s * s2 * c3 * nextOff * e[l]!) / nextDiagonal;
  e[l] = s * p;
  d[l] = c * p;
  return shift;
}

/** sqrt(a^2 + b^2) without squares that underflow. (`Math.hypot` may differ between engines.) */
function hypotenuse(a: number, b: number): number {
  const [x, y] = [Math.abs(a), Math.abs(b)];
  if (x === 0) return y;
  return x > y ? x * Math.sqrt(1 + (y / x) ** 2) : y * Math.sqrt(1 + (x / y) ** 2);
}
