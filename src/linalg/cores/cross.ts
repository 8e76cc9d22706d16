/**
 * The core W^+, where W = A(I, J) is the intersection of the columns and rows. It needs nothing else of A. C W^+ R = A
 * exactly if and only if rank W = rank A (Hamm & Huang, Appl. Comput. Harmon. Anal. 48(3), 2020). Otherwise, it can be
 * far from the best core, less so with more rows than columns.
 */

import type { Matrix, Matrix64 } from '../matrix.ts';
import { multiplyTransposedLeft } from '../multiply.ts';
import { scaleRows } from '../scale.ts';
import { thinSvd } from '../svd.ts';
import { weightCutoff } from './cutoff.ts';

/** W^+ (c x r) for W r x c, without singular values at the rounding level of a float32 weight. */
export function crossCore(w: Matrix): Matrix64 {
  const { ut, s, vt } = thinSvd(w);
  const cutoff = weightCutoff(w) * (s[0] ?? 0);
  const inverse = s.map((value) => (value > cutoff ? 1 / value : 0));
  return multiplyTransposedLeft(vt, scaleRows(ut, inverse));
}
