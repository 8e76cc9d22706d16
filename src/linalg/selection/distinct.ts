/**
 * Distinct columns drawn by weights, without replacement. The weights can be uniform, squared norms or leverage.
 * Columns are drawn one after the other, each with probability proportional to its weight among the remaining ones.
 * This uses exponential keys, the smallest E_j / w_j first (Efraimidis & Spirakis, Inf. Process. Lett. 97, 2006).
 */
import { naturalLog } from '../natural-log.ts';
import type { RandomStream } from '../random.ts';

/**
 * `count` distinct indices, ascending; at least one, at most all. Weights are finite and >= 0. If too few are positive,
 * the lowest indices of weight zero follow. Each index takes one draw of the stream.
 */
export function drawDistinct(
  weights: Float64Array,
  count: number,
  random: RandomStream,
): Int32Array {
  const wanted = Math.min(Math.max(1, count), weights.length);
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  // Logarithms, because E / w overflows if w is denormal. Their arguments are in (0, 1], as naturalLog requires.
  const keys = weights.map((weight) => {
    const exponential = -naturalLog(1 - random.uniform());
    if (weight === 0) return Number.POSITIVE_INFINITY;
    return logOf(exponential / 64) - logOf(weight / largest);
  });
  return lowest(keys, wanted).sort();
}

/** `count` indices of the largest weights, ascending; the lowest index wins a tie. */
export function takeLargest(weights: Float64Array, count: number): Int32Array {
  const wanted = Math.min(Math.max(1, count), weights.length);
  return lowest(
    weights.map((weight) => -weight),
    wanted,
  ).sort();
}

/** E is below 64 (uniforms have at most 53 bits). It is 0 once in a while, and so is a quotient that underflows. */
function logOf(x: number): number {
  return naturalLog(Math.max(x, Number.MIN_VALUE));
}

function lowest(keys: Float64Array, count: number): Int32Array {
  const order = Int32Array.from(keys, (_, j) => j);
  // Compared, not subtracted: the difference of two infinite keys is NaN.
  order.sort((p, q) => (keys[p]! < keys[q]! ? -1 : keys[p]! > keys[q]! ? 1 : p - q));
  return order.slice(0, count);
}
