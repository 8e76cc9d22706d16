/**
 * Rounds 32-bit floats to the two formats of 16 bits, to the nearest value, ties to even. The results are bits.
 *
 * Source: IEEE 754-2019, 3.6 (binary16) and 4.3.1 (rounding). A brain float is the upper half of a 32-bit float.
 */

/** Binary16: F16. */
export function toHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = bitsOf(values);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) halves[i] = halfOf(bits[i]!);
  return halves;
}

/** BF16. */
export function toBrain(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = bitsOf(values);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const of = bits[i]!;
    // Rounding could turn a NaN into an infinity.
    const isNotANumber = (of & 0x7fffffff) > 0x7f800000;
    halves[i] = isNotANumber ? (of >>> 16) | 0x40 : (of + 0x7fff + ((of >>> 16) & 1)) >>> 16;
  }
  return halves;
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

/** 2^16: the smallest number that is infinite in any case. */
const OVERFLOW = 0x47800000;
/** 2^-14: the smallest normal half. */
const NORMAL = 0x38800000;
/** 2^-25: half of the smallest half; this and all below are zero. */
const UNDERFLOW = 0x33000000;

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size <= UNDERFLOW) return sign;
  if (size >= NORMAL) {
    // The exponent's bias changes from 127 to 15. A carry out of the fraction goes to the exponent, as it should.
    const rebiased = size - ((127 - 15) << 23);
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // Below the normal ones, the fraction counts units of 2^-24.
  const fraction = (size & 0x7fffff) | 0x800000;
  const shift = 126 - (size >>> 23);
  const rest = fraction & ((1 << shift) - 1);
  const units = fraction >>> shift;
  const half = 1 << (shift - 1);
  return sign | (units + (rest > half || (rest === half && (units & 1) === 1) ? 1 : 0));
}
