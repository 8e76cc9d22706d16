/**
 * P values corrected for being several, in their order: whoever rejects those at most alpha errs with a
 * probability of at most alpha in any of them (Holm, 'A simple sequentially rejective multiple test
 * procedure', Scandinavian Journal of Statistics 6, 1979).
 */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const adjusted = [...values];
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}
