/**
 * Several tests at once: whoever rejects those whose corrected p value is at most alpha errs with a
 * probability of at most alpha in any of them (Holm, 'A simple sequentially rejective multiple test
 * procedure', Scandinavian Journal of Statistics 6, 1979).
 */

export interface Corrected {
  readonly adjusted: number;
  /**
   * What the uncorrected p value is compared with: `adjusted` is at most alpha exactly where it is at most
   * this. The interval of this level excludes zero exactly there.
   */
  readonly threshold: number;
}

/** In the order of the p values. */
export function holm(values: readonly number[], alpha: number): readonly Corrected[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const adjusted = [...values];
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[i]!));
    adjusted[i] = largest;
  }
  const rejected = adjusted.filter((p) => p <= alpha).length;
  const thresholds = [...values];
  // The first that is not rejected ends the procedure, so all after it are judged as it was.
  for (const [rank, i] of order.entries()) {
    thresholds[i] = alpha / (values.length - Math.min(rank, rejected));
  }
  return values.map((_, i) => ({ adjusted: adjusted[i]!, threshold: thresholds[i]! }));
}
