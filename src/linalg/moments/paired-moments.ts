/** Second moments of two inputs of the same layer, from those of both side by side. */
import { type Matrix64, zeros } from '../matrix.ts';
import type { PairedMoments } from './repair.ts';
import type { SecondMoments } from './second-moments.ts';

/** Of rows [x, x'] of 2n numbers. */
export function pairedMoments({ rows, mean, sums }: SecondMoments): PairedMoments {
  const n = sums.rows / 2;
  const part = (i: number, j: number): Matrix64 => {
    const block = zeros(n, n);
    for (let t = 0; t < n; t++) {
      const from = (i + t) * sums.cols + j;
      block.data.set(sums.data.subarray(from, from + n), t * n);
    }
    return block;
  };
  return {
    original: { rows, mean: mean.subarray(0, n), sums: part(0, 0) },
    actual: { rows, mean: mean.subarray(n), sums: part(n, n) },
    cross: part(0, n),
  };
}

/** Of inputs that are the same. */
export function samePairs(moments: SecondMoments): PairedMoments {
  return { original: moments, actual: moments, cross: moments.sums };
}
