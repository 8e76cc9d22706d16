/** What holds for the leading triplets of any matrix. */
import { expect } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { transpose } from '../../src/linalg/matrix.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import type { TruncatedSvd } from '../../src/linalg/truncated-svd.ts';
import { frobenius, orthonormalityError, residual } from './test-matrices.ts';

/**
 * `exact`: the singular values, in order. `excess`: the share by which the error may be above the least one of the
 * rank. The rest is rounding: that of sums as long as a row, and that of the SVD in float64.
 */
export function expectLeadingTriplets(
  a: Matrix,
  rank: number,
  { ut, s, vt }: TruncatedSvd,
  { exact, roundoff, excess }: { exact: Float64Array; roundoff: number; excess: number },
): void {
  const rounding = Math.max(1e-10, Math.max(a.rows, a.cols) * roundoff);
  const norm = frobenius(a);
  expect([ut.rows, vt.rows]).toEqual([s.length, s.length]);
  expect(s.length).toBeLessThanOrEqual(rank);
  expect(orthonormalityError(ut)).toBeLessThan(rounding);
  expect(orthonormalityError(vt)).toBeLessThan(rounding);
  expect(frobenius({ rows: 1, cols: s.length, data: s })).toBeLessThanOrEqual(
    norm * (1 + rounding),
  );
  const above = Math.max(0, ...s.map((value, t) => value - (exact[t] ?? 0)));
  expect(above).toBeLessThanOrEqual(rounding * (exact[0] ?? 0));
  const tail = exact.subarray(rank);
  const least = frobenius({ rows: 1, cols: tail.length, data: tail });
  const error = s.length === 0 ? norm : residual(a, transpose(ut), scaleRows(vt, s));
  expect(error).toBeLessThanOrEqual(least * (1 + excess) + rounding * norm);
}
