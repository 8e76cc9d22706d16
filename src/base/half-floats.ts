/**
 * Floats of 16 bits: F16 (IEEE 754-2019, 3.6: sign, 5 bits of exponent, 10 of fraction) and BF16, the upper half of a
 * 32-bit float. Both are read exactly, and written with the nearest value, ties to even.
 */

/** A value that is too large becomes an infinity. */
export interface HalfFormat {
  readonly toFloats: (halves: Uint16Array) => Float32Array<ArrayBuffer>;
  readonly fromFloats: (floats: Float32Array) => Uint16Array<ArrayBuffer>;
}

export const F16: HalfFormat = {
  toFloats(halves) {
    const floats = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i++) floats[i] = f16Value(halves[i]!);
    return floats;
  },
  fromFloats: (floats) => fromBits(floats, f16Bits),
};

export const BF16: HalfFormat = {
  toFloats(halves) {
    const bits = new Uint32Array(halves.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
    return new Float32Array(bits.buffer);
  },
  fromFloats: (floats) => fromBits(floats, bf16Bits),
};

function fromBits(floats: Float32Array, round: (bits: number) => number): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < halves.length; i++) halves[i] = round(bits[i]!);
  return halves;
}

function f16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const NOT_A_NUMBER = 0x7f80_0000;

/** @param bits of a 32-bit float */
function f16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > NOT_A_NUMBER) return sign | 0x7e00;
  // From 65520 on, the midpoint between the largest value and the next power of two.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  // Normal from 2^-14 on. The exponents of the formats differ by 112.
  if (magnitude >= 0x3880_0000) return sign | roundedShift(magnitude - 0x3800_0000, 13);
  // Below half of the smallest value, 2^-24, or equal to that half.
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign;
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
  return sign | roundedShift(fraction, 126 - exponent);
}

function bf16Bits(bits: number): number {
  if ((bits & 0x7fff_ffff) > NOT_A_NUMBER) return (bits >>> 16) | 0x40;
  return roundedShift(bits, 16);
}

/** `bits` / 2^shift, rounded to the nearest integer, ties to even. A carry goes into the exponent, as it must. */
function roundedShift(bits: number, shift: number): number {
  const whole = bits >>> shift;
  const rest = bits - whole * 2 ** shift;
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && (whole & 1) === 1) ? whole + 1 : whole;
}
