/**
 * P values corrected for being several, in their order: whoever rejects those at most alpha errs with a
 * probability of at most alpha in any of them (Holm, 'A simple sequentially rejective multiple test
 * procedure', Scandinavian Journal of Statistics 6, 1979).
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
 * What each uncorrected p value is compared with: the corrected one is at most alpha exactly where the
 * uncorrected one is at most this, and where the interval of this level excludes zero.
 */
export function holmThresholds(values: readonly number[], alpha: number): readonly number[] {
  const rejected = holm(values).filter((p) => p <= alpha).length;
  const thresholds = [...values];
  // The first that is not rejected ends the procedure, so all after it are judged as it was.
  for (const [rank, i] of ascending(values).entries()) {
    thresholds[i] = alpha / (values.length - Math.min(rank, rejected));
  }
  return thresholds;
}

function ascending(values: readonly number[]): readonly number[] {
  return values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
}
