import { expect, it } from 'vitest';
import { rankForInterpolative, rankForThreeFactors } from '../../src/linalg/rank.ts';

it.each([
  [50, 50],
  [300, 20],
  [7, 900],
  [1, 1],
])('the floor on %i x %i is the largest rank that fits the budget', (m, n) => {
  const least = Math.min(m, n);
  const forms = [
    [rankForThreeFactors, (c: number) => c * (m + n + c)],
    [rankForInterpolative, (c: number) => c * (m + n - c)],
  ] as const;
  for (const [rankFor, stored] of forms) {
    for (const rate of [0.3, 1, 1.7, 2.3, 10.1, 1e6]) {
      const c = rankFor(m, n, rate, 'floor');
      expect(c >= 1 && c <= least).toBe(true);
      if (c > 1) expect(stored(c)).toBeLessThanOrEqual((m * n) / rate + 1e-9);
      if (c < least) expect(stored(c + 1)).toBeGreaterThan((m * n) / rate);
    }
  }
});
