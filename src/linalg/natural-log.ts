/**
 * The natural logarithm on (0, 1], the same to the bit on every machine (ECMAScript leaves the last
 * bits of `Math.log` to the engine).
 *
 * The method and the seven coefficients are fdlibm's `e_log.c`: x = 2^-e m with m in [sqrt(1/2),
 * sqrt(2)), and log m = 2 atanh(s), s = (m - 1)/(m + 1), by a polynomial in s^2. Error below 2 ulp.
 */

/** log x for 0 < x <= 1. */
export function naturalLog(x: number): number {
  let m = x;
  let e = 0;
  // Doubling is exact. For uniform x, one is enough on average.
  while (m < Math.SQRT1_2) {
    m *= 2;
    e++;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const series = z * (L1 + z * (L2 + z * (L3 + z * (L4 + z * (L5 + z * (L6 + z * L7))))));
  const half = 0.5 * f * f;
  return f - (half - s * (half + series) + e * LN2_LOW) - e * LN2_HIGH;
}

const L1 = 0.6666666666666735;
const L2 = 0.3999999999940942;
const L3 = 0.2857142874366239;
const L4 = 0.22222198432149784;
const L5 = 0.1818357216161805;
const L6 = 0.15313837699209373;
const L7 = 0.14798198605116586;
/** log 2 in two parts; the high one has trailing zeros, so its products with small integers are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
