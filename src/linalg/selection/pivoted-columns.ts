/**
 * Columns by pivoted QR: of A itself, or of the top right singular vectors V_k^T (Q-DEIM: Drmac &
 * Gugercin, SIAM J. Sci. Comput. 38(2), 2016). Deterministic.
 */

import type { Matrix } from '../matrix.ts';
import { pivotedQr } from '../qr.ts';

/**
 * The first `count` pivots of `a`, in pivot order: distinct, at least one and at most a.cols. After the numerical rank,
 * the remaining columns follow in the order in which pivoting left them.
 */
export function selectByPivotedQr(a: Matrix, count: number): Int32Array {
  const wanted = Math.min(Math.max(1, count), a.cols);
  return pivotedQr(a, wanted).pivots.slice(0, wanted);
}
