/**
 * The core of LinearTimeCUR (Drineas, Kannan & Mahoney, SIAM J. Comput. 36(1), 2006). It needs only the columns C and
 * the drawn rows Psi of C, both rescaled, but not A. C U R estimates a projection.
 */

import { firstRows, type Matrix64 } from '../matrix.ts';
import { multiplyTransposedLeft, multiplyTransposedRight } from '../multiply.ts';
import { scaleRows } from '../scale.ts';
import { thinSvd } from '../svd.ts';
import { weightCutoff } from './cutoff.ts';

/**
 * U = Phi Psi^T, Phi = sum_{t <= k} y_t y_t^T / s_t^2 over the eigenpairs (s_t^2, y_t) of C^T C. Eigenpairs at the
 * rounding level of a float32 weight, such as those from repeated columns, are left out.
 */
export function unbiasedCore(c: Matrix64, psi: Matrix64, k: number): Matrix64 {
  const { s, vt } = thinSvd(c);
  const cutoff = weightCutoff(c) * (s[0] ?? 0);
  const kept = Math.min(k, s.findLastIndex((value) => value > cutoff) + 1);
  const y = firstRows(vt, kept);
  const inverse = s.subarray(0, kept).map((value) => 1 / value ** 2);
  return multiplyTransposedLeft(y, scaleRows(multiplyTransposedRight(y, psi), inverse));
}
