/**
 * P values corrected for their number, in the given order. Rejecting all hypotheses whose corrected value is at most
 * alpha makes any false rejection with a probability of at most alpha (Holm, 'A simple sequentially rejective
 * multiple test procedure', Scandinavian Journal of Statistics 6, 1979).
 */
export function holm(values: readonly number[]): readonly number[] {
  const adjusted = [...values];
  let largest = 0;
  for (const [rank, i] of ascending(values).entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}

/**
 * The threshold of each uncorrected p value. The corrected value is at most alpha exactly if the uncorrected
 * value is at most this threshold, and so exactly if the interval of this level excludes zero.
 */
export function holmThresholds(values: readonly number[], alpha: number): readonly number[] {
  const rejected = holm(values).filter((p) => p <= alpha).length;
  const thresholds = [...values];
  // The first hypothesis that is not rejected ends the procedure, so all later ones have its threshold.
  for (const [rank, i] of ascending(values).entries()) {
    thresholds[i] = alpha / (values.length - Math.min(rank, rejected));
  }
  return thresholds;
}

function ascending(values: readonly number[]): readonly number[] {
  return values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
}
