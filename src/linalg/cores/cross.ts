/**
 * The core W^+ from where columns and rows cross, W = A(I, J): needs nothing else of A. C W^+ R = A exactly
 * if rank W = rank A, and only then (Hamm & Huang, Appl. Comput. Harmon. Anal. 48(3), 2020); else it can be
 * far from the best core, less so with more rows than columns.
 */

import type { Matrix, Matrix64 } from '../matrix.ts';
import { multiplyTransposedLeft } from '../multiply.ts';
import { scaleRows } from '../scale.ts';
import { thinSvd } from '../svd.ts';
import { weightCutoff } from './cutoff.ts';

/** W^+ (c x r) for W r x c, without singular values at the level of a float32 weight's rounding. */
export function crossCore(w: Matrix): Matrix64 {
  const { ut, s, vt } = thinSvd(w);
  const cutoff = weightCutoff(w) * (s[0] ?? 0);
  const inverse = s.map((value) => (value > cutoff ? 1 / value : 0));
  return multiplyTransposedLeft(vt, scaleRows(ut, inverse));
}
