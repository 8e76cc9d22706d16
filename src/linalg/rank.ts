/**
 * The rank for a compression rate. Rates count the weights of one layer, without its bias:
 * rate = m n / (k (m + n)) for factors m x k and k x n.
 */

export type Rounding = 'ceil' | 'round' | 'floor';

/**
 * The rank for `rate` (> 0) on an m x n layer, at least 1 and at most min(m, n).
 *
 * 'round' rounds ties to even, as Python and torch do.
 */
export function rankForRate(m: number, n: number, rate: number, rounding: Rounding): number {
  if (!(rate > 0)) throw new RangeError(`a compression rate is positive, not ${rate}`);
  const exact = (m * n) / (rate * (m + n));
  return Math.min(Math.max(1, rounded(exact, rounding)), Math.min(m, n));
}

/** Weights of the factors m x k and k x n. */
export function factoredParameters(m: number, n: number, k: number): number {
  return k * (m + n);
}

/** Weights of the factors m x c, c x c and c x n. */
export function threeFactorParameters(m: number, n: number, c: number): number {
  return c * (m + n + c);
}

/** Weights of C [I T] P, without the identity, which is not stored. */
export function interpolativeParameters(m: number, n: number, c: number): number {
  return c * (m + n - c);
}

/** The c = r of three factors (m x c, c x r, r x n) for `rate` (> 0): c(m + n) + c^2 = mn / rate. */
export function rankForThreeFactors(
  m: number,
  n: number,
  rate: number,
  rounding: Rounding,
): number {
  if (!(rate > 0)) throw new RangeError(`a compression rate is positive, not ${rate}`);
  const budget = (m * n) / rate;
  // The root, without cancellation.
  const exact = (2 * budget) / (m + n + Math.sqrt((m + n) ** 2 + 4 * budget));
  return Math.min(Math.max(1, rounded(exact, rounding)), Math.min(m, n));
}

/** The c of an interpolative C [I T] P for `rate` (> 0): c(m + n - c) = mn / rate. All columns for rates below 1. */
export function rankForInterpolative(
  m: number,
  n: number,
  rate: number,
  rounding: Rounding,
): number {
  if (!(rate > 0)) throw new RangeError(`a compression rate is positive, not ${rate}`);
  if (rate <= 1) return Math.min(m, n);
  const budget = (m * n) / rate;
  const exact = (2 * budget) / (m + n + Math.sqrt((m + n) ** 2 - 4 * budget));
  return Math.min(Math.max(1, rounded(exact, rounding)), Math.min(m, n));
}

function rounded(value: number, rounding: Rounding): number {
  switch (rounding) {
    case 'ceil':
      return Math.ceil(value);
    case 'floor':
      return Math.floor(value);
    case 'round':
      return halfEven(value);
  }
}

function halfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}
