/**
 * Columns by DEIM (Sorensen & Embree, SIAM J. Sci. Comput. 38(3), 2016): LU with partial pivoting of
 * the top right singular vectors, in O(n k^2). Deterministic.
 */

import type { Matrix } from '../matrix.ts';

/**
 * `count` distinct columns, in pivot order, from `vt` (k x n: singular vectors as rows, most important first). At least
 * one, at most n. If there are no vectors left (count > k), or a vector depends on those before it, the lowest free
 * index follows.
 */
export function selectByDeim(vt: Matrix, count: number): Int32Array {
  const n = vt.cols;
  const wanted = Math.min(Math.max(1, count), n);
  const work = Float64Array.from(vt.data);
  const taken = new Uint8Array(n);
  const chosen: number[] = [];
  for (let i = 0; i < vt.rows && chosen.length < wanted; i++) {
    const pivot = largestFree(work.subarray(i * n, (i + 1) * n), taken);
    // Rows are unit vectors, so a remainder at the level of rounding is not a direction.
    if (pivot < 0 || Math.abs(work[i * n + pivot]!) <= n * Number.EPSILON) continue;
    taken[pivot] = 1;
    chosen.push(pivot);
    eliminate(work, n, i, pivot, vt.rows);
  }
  for (let j = 0; chosen.length < wanted; j++) if (taken[j] === 0) chosen.push(j);
  return Int32Array.from(chosen);
}

/** The lowest index wins a tie. */
function largestFree(row: Float64Array, taken: Uint8Array): number {
  let best = -1;
  for (let j = 0; j < row.length; j++) {
    if (taken[j] === 0 && (best < 0 || Math.abs(row[j]!) > Math.abs(row[best]!))) best = j;
  }
  return best;
}

/** Eliminates row i from all later rows, so that they are zero at the pivot. */
function eliminate(work: Float64Array, n: number, i: number, pivot: number, rows: number): void {
  for (let t = i + 1; t < rows; t++) {
    const factor = work[t * n + pivot]! / work[i * n + pivot]!;
    if (factor === 0) continue;
    for (let j = 0; j < n; j++) work[t * n + j]! -= factor * work[i * n + j]!;
  }
}
