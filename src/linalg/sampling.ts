/**
 * Random selection of columns (or rows) by weights: the two ways that CUR uses. Indices are in increasing order; the
 * order of columns in C changes nothing.
 */

import type { RandomStream } from './random.ts';

/**
 * `count` i.i.d. draws with replacement, index j with probability `weights[j]` / sum, so indices can repeat. Uniform if
 * all weights are zero (the weights of a zero matrix); else indices of weight zero are never drawn.
 */
export function drawWithReplacement(
  weights: Float64Array,
  count: number,
  random: RandomStream,
): Int32Array {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  weights.forEach((weight, j) => {
    total += weight;
    cumulative[j] = total;
  });
  const last = cumulative.indexOf(total);
  const drawn = new Int32Array(count);
  for (let t = 0; t < count; t++) {
    drawn[t] =
      total > 0
        ? firstAbove(cumulative, last, random.uniform() * total)
        : random.integer(weights.length);
  }
  return drawn.sort();
}

/**
 * Each index independently with probability min(1, probabilities[j]), so the number of indices is random. Never empty:
 * if nothing was drawn, the likeliest index is used (the first of equals). This adds prod(1 - p_j), less than exp(-sum
 * p_j), to the probability of that index.
 */
export function drawIndependently(probabilities: Float64Array, random: RandomStream): Int32Array {
  const kept: number[] = [];
  let likeliest = 0;
  probabilities.forEach((probability, j) => {
    if (random.uniform() < probability) kept.push(j);
    if (probability > probabilities[likeliest]!) likeliest = j;
  });
  return Int32Array.from(kept.length > 0 ? kept : [likeliest]);
}

/**
 * The first index whose cumulative weight exceeds `target`, by bisection. If `target` was rounded up to the total, it
 * is `last`, the last index of positive weight.
 */
function firstAbove(cumulative: Float64Array, last: number, target: number): number {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle]! > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
