/**
 * Mean and standard deviation of each channel over all pixels of all images, on the scale [0, 1]: the
 * pooled deviation (divisor n), not the mean of the deviations of single images.
 *
 * A byte has 256 values, so both are computed from counts. The sums are exact integers up to 2^53, which is enough
 * for 10^11 pixels per channel. Only the final divisions and the root round.
 */
import type { ImageSet } from './image-set.ts';

export interface PixelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export function pixelStatistics({ pixels, channels }: ImageSet): PixelStatistics {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let i = 0; i < pixels.length; i += channels) {
    for (let c = 0; c < channels; c += 1) counts[c]![pixels[i + c]!]! += 1;
  }
  const moments = counts.map(momentsOf);
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}

function momentsOf(counts: Float64Array): { mean: number; std: number } {
  let n = 0;
  let sum = 0;
  for (const [value, count] of counts.entries()) {
    n += count;
    sum += count * value;
  }
  const mean = sum / n;
  // From deviations from the mean, and not from the difference of two large sums.
  let squares = 0;
  for (const [value, count] of counts.entries()) squares += count * (value - mean) ** 2;
  return { mean: mean / 255, std: Math.sqrt(squares / n) / 255 };
}
