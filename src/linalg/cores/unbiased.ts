/**
 * The core of LinearTimeCUR (Drineas, Kannan & Mahoney, SIAM J. Comput. 36(1), 2006), from the columns C and
 * the drawn rows Psi of C alone, both rescaled: A itself is not needed, and C U R estimates a projection.
 */

import { firstRows, type Matrix64 } from '../matrix.ts';
import { multiplyTransposedLeft, multiplyTransposedRight } from '../multiply.ts';
import { scaleRows } from '../scale.ts';
import { thinSvd } from '../svd.ts';
import { weightCutoff } from './cutoff.ts';

/**
 * U = Phi Psi^T, Phi = sum_{t <= k} y_t y_t^T / s_t^2 over the eigenpairs (s_t^2, y_t) of C^T C; without those at the
 * level of a float32 weight's rounding, such as repeated columns make.
 */
export function unbiasedCore(c: Matrix64, psi: Matrix64, k: number): Matrix64 {
  const { s, vt } = thinSvd(c);
  const cutoff = weightCutoff(c) * (s[0] ?? 0);
  const kept = Math.min(k, s.findLastIndex((value) => value > cutoff) + 1);
  const y = firstRows(vt, kept);
  const inverse = s.subarray(0, kept).map((value) => 1 / value ** 2);
  return multiplyTransposedLeft(y, scaleRows(multiplyTransposedRight(y, psi), inverse));
}
