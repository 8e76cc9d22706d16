/** Half-precision floats of IEEE 754 (binary16) as their bits. */

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The nearest half-precision float. A tie is rounded to the even one. */
export function halfBits(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00;
  // From 65520 on, the nearest one is infinity.
  if (rest >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 the spacing is fixed. Adding 1/2 rounds to it: the last bit of 1/2 in single precision is 2^-24.
  if (rest < 0x38800000) {
    float[0] = Math.abs(value) + 0.5;
    return sign | (word[0]! - 0x3f000000);
  }
  const rounded = rest + 0xfff + ((rest >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** Sign, 5 bits of exponent, 10 of fraction. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
