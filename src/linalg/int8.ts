/**
 * Weights in 8 bits: symmetric, with one scale per channel. A channel is a block of consecutive elements, such as the
 * weights of one output. The stored value of an element is q * scale with an integer q from -127 to 127.
 */

export interface Int8Channels {
  readonly values: Int8Array;
  /** One per channel. */
  readonly scales: Float32Array;
}

const LARGEST = 127;

/** The smallest float32 with all its digits. Processors may treat smaller ones as zero. */
const SMALLEST_SCALE = 2 ** -126;
/** 127 times the next larger float32 is infinite. */
const LARGEST_SCALE = Math.fround((2 ** 128 - 2 ** 104) / LARGEST) - 2 ** 98;

/** The scale of a channel is max|w| / 127, rounded to float32, and 1 if all weights are zero. Weights are finite. */
export function int8Scales(data: ArrayLike<number>, channels: number): Float32Array {
  const size = data.length / channels;
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    let largest = 0;
    for (let i = channel * size; i < (channel + 1) * size; i++) {
      largest = Math.max(largest, Math.abs(data[i]!));
    }
    scales[channel] = largest === 0 ? 1 : scaleFor(largest);
  }
  return scales;
}

function scaleFor(largest: number): number {
  return Math.min(LARGEST_SCALE, Math.max(SMALLEST_SCALE, largest / LARGEST));
}

/** The nearest integers, ties to even. They are exact for elements that are stored values already. */
export function int8Values(data: ArrayLike<number>, scales: Float32Array): Int8Array {
  const size = data.length / scales.length;
  const values = new Int8Array(data.length);
  for (let channel = 0; channel < scales.length; channel++) {
    const scale = scales[channel]!;
    for (let i = channel * size; i < (channel + 1) * size; i++) {
      values[i] = Math.max(-LARGEST, Math.min(LARGEST, halfEven(data[i]! / scale)));
    }
  }
  return values;
}

/** The values that are stored, in float32. */
export function dequantized({ values, scales }: Int8Channels): Float32Array {
  const size = values.length / scales.length;
  const result = new Float32Array(values.length);
  for (let channel = 0; channel < scales.length; channel++) {
    const scale = scales[channel]!;
    for (let i = channel * size; i < (channel + 1) * size; i++) result[i] = values[i]! * scale;
  }
  return result;
}

/** Bytes of the integers and the scales. */
export function int8Bytes(elements: number, channels: number): number {
  return elements + Float32Array.BYTES_PER_ELEMENT * channels;
}

/** Adding and subtracting this rounds smaller numbers to integers, ties to even. */
const INTEGERS = 1.5 * 2 ** 52;

function halfEven(value: number): number {
  return value + INTEGERS - INTEGERS;
}
