/**
 * Floats of 16 bits: F16 (sign, 5 bits of exponent, 10 of fraction) and BF16, the upper half of a 32-bit float. Both are
 * read exactly, and written with the nearest value, ties to even. A value that is too large becomes an infinity.
 *
 * Source: IEEE 754-2019, 3.6 (binary16) and 4.3.1 (rounding).
 */
export interface HalfFormat {
  readonly toFloats: (halves: Uint16Array) => Float32Array<ArrayBuffer>;
  readonly fromFloats: (floats: Float32Array) => Uint16Array<ArrayBuffer>;
}

export const F16: HalfFormat = {
  toFloats(halves) {
    const floats = new Float32Array(halves.length);
    const bits = new Uint32Array(floats.buffer);
    for (let i = 0; i < halves.length; i++) {
      const half = halves[i]!;
      const isNumber = (half & 0x7c00) !== 0x7c00;
      bits[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13) | (isNumber ? 0 : INFINITY);
      // The exponent's bias is 15 instead of 127. A product is exact, also for numbers without a leading 1.
      if (isNumber) floats[i]! *= 2 ** (127 - 15);
    }
    return floats;
  },
  fromFloats(floats) {
    const bits = bitsOf(floats);
    const halves = new Uint16Array(bits.length);
    for (let i = 0; i < bits.length; i++) halves[i] = f16Of(bits[i]!);
    return halves;
  },
};

export const BF16: HalfFormat = {
  toFloats(halves) {
    const bits = new Uint32Array(halves.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
    return new Float32Array(bits.buffer);
  },
  fromFloats(floats) {
    const bits = bitsOf(floats);
    const halves = new Uint16Array(bits.length);
    for (let i = 0; i < bits.length; i++) {
      const of = bits[i]!;
      // Rounding could turn a NaN into an infinity.
      const isNotANumber = (of & 0x7fff_ffff) > INFINITY;
      halves[i] = isNotANumber ? (of >>> 16) | 0x40 : (of + 0x7fff + ((of >>> 16) & 1)) >>> 16;
    }
    return halves;
  },
};

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

// Bits of 32-bit floats.
const INFINITY = 0x7f80_0000;
/** 2^16: from here on, everything is infinite. Rounding makes some smaller numbers infinite too. */
const OVERFLOW = 0x4780_0000;
/** 2^-14: the smallest normal number of F16. */
const NORMAL = 0x3880_0000;
/** 2^-25: half of the smallest number of F16. It and all below become zero. */
const UNDERFLOW = 0x3300_0000;

/** @param bits of a 32-bit float */
function f16Of(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > INFINITY) return sign | 0x7e00;
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size <= UNDERFLOW) return sign;
  if (size >= NORMAL) {
    // A carry out of the fraction goes to the exponent, as it should.
    const rebiased = size - ((127 - 15) << 23);
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // Below the normal ones, the fraction counts units of 2^-24.
  const fraction = (size & 0x7f_ffff) | 0x80_0000;
  const shift = 126 - (size >>> 23);
  const rest = fraction & ((1 << shift) - 1);
  const units = fraction >>> shift;
  const half = 1 << (shift - 1);
  return sign | (units + (rest > half || (rest === half && (units & 1) === 1) ? 1 : 0));
}

/** Undefined for a type of other floats. */
export function halfFormat(type: string): HalfFormat | undefined {
  if (type === 'F16') return F16;
  return type === 'BF16' ? BF16 : undefined;
}

/** Elements. */
const PART = 2 ** 20;

/** `values` after they are stored in a type of floats and read again. Only a part is in memory in that type. */
export function asStored(values: Float32Array, type: string): Float32Array {
  const format = halfFormat(type);
  if (!format) return values;
  const stored = new Float32Array(values.length);
  for (let done = 0; done < values.length; done += PART) {
    stored.set(format.toFloats(format.fromFloats(values.subarray(done, done + PART))), done);
  }
  return stored;
}

/** The smallest numbers that become infinite. */
const INFINITE_FROM: Readonly<Record<string, number>> = { F16: 65520, BF16: 2 ** 128 - 2 ** 119 };

/** Whether all values are finite, also in a type of floats. */
export function fitsIn(values: Float32Array, type: string): boolean {
  const bound = INFINITE_FROM[type] ?? Number.POSITIVE_INFINITY;
  return values.every((value) => Math.abs(value) < bound);
}

/** The bytes of `values` in a type of floats. */
export function floatBytes(values: Float32Array, type: string): Uint8Array {
  const typed =
    halfFormat(type)?.fromFloats(values) ?? (type === 'F64' ? Float64Array.from(values) : values);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
