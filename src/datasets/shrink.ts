/**
 * Resizes images of bytes in both directions as Pillow does, and so as torchvision's `Resize` of a Pillow image: each
 * output pixel is a weighted mean of the input pixels under a filter that is stretched by the factor of shrinking, so
 * fine patterns do not alias. The result is equal to Pillow's, byte for byte: the weights are whole multiples of 2^-22,
 * and rows are rounded to bytes between the two passes.
 *
 * `resize.ts` enlarges in floating point without rounding. It is the input of the networks that are trained here.
 */
import type { Size } from './resize.ts';

export const interpolations = ['bilinear', 'bicubic'] as const;

export type Interpolation = (typeof interpolations)[number];

/** The interleaved bytes of one image in its new size. The result is valid until the next call. */
export type Shrinker = (source: Uint8Array, from: number) => Uint8Array;

/** For images of one size. The weights and the buffers are made once. */
export function shrinker(
  input: Size,
  output: Size,
  channels: number,
  interpolation: Interpolation,
): Shrinker {
  const columns =
    input.width === output.width ? null : tapsOf(input.width, output.width, interpolation);
  const rows =
    input.height === output.height ? null : tapsOf(input.height, output.height, interpolation);
  const across = new Uint8Array(input.height * output.width * channels);
  const whole = new Uint8Array(output.height * output.width * channels);
  const pixels = input.height * input.width * channels;
  return (source, from) => {
    const image = source.subarray(from, from + pixels);
    const wide = columns ? acrossRows(image, input, columns, channels, across) : image;
    if (rows === null) return wide;
    return downColumns(wide, output.width * channels, rows, whole);
  };
}

/** For each output position the first input position, and the weights of the positions from there on. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Element j of position i is at i * width + j. In units of 2^-22. */
  readonly weights: Int32Array;
  readonly width: number;
}

const PRECISION = 22;
const HALF = 2 ** (PRECISION - 1);

function tapsOf(input: number, output: number, interpolation: Interpolation): Taps {
  const { support, at } = FILTERS[interpolation];
  const scale = input / output;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const width = 2 * Math.ceil(reach) + 1;
  const first = new Int32Array(output);
  const count = new Int32Array(output);
  const weights = new Int32Array(output * width);
  for (let i = 0; i < output; i += 1) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - reach + 0.5));
    const to = Math.min(input, Math.trunc(centre + reach + 0.5));
    const values = Array.from({ length: to - from }, (_, j) =>
      at((from + j - centre + 0.5) * (1 / stretch)),
    );
    const sum = values.reduce((total, value) => total + value, 0);
    first[i] = from;
    count[i] = values.length;
    for (const [j, value] of values.entries()) {
      const share = sum === 0 ? value : value / sum;
      // Halves are rounded away from zero.
      weights[i * width + j] = Math.trunc(share * 2 ** PRECISION + (share < 0 ? -0.5 : 0.5));
    }
  }
  return { first, count, weights, width };
}

interface Filter {
  /** The filter is zero from this distance on. */
  readonly support: number;
  at(distance: number): number;
}

const FILTERS: Readonly<Record<Interpolation, Filter>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x)) },
};

/** The cubic convolution kernel of Keys (1981) with a = -1/2. */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function acrossRows(
  source: Uint8Array,
  { height, width }: Size,
  { first, count, weights, width: most }: Taps,
  channels: number,
  target: Uint8Array,
): Uint8Array {
  const columns = first.length;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      const at = (y * width + first[x]!) * channels;
      for (let c = 0; c < channels; c += 1) {
        let sum = HALF;
        for (let j = 0; j < count[x]!; j += 1) {
          sum += source[at + j * channels + c]! * weights[x * most + j]!;
        }
        target[(y * columns + x) * channels + c] = byteOf(sum);
      }
    }
  }
  return target;
}

function downColumns(
  source: Uint8Array,
  length: number,
  { first, count, weights, width: most }: Taps,
  target: Uint8Array,
): Uint8Array {
  for (let y = 0; y < first.length; y += 1) {
    const at = first[y]! * length;
    for (let x = 0; x < length; x += 1) {
      let sum = HALF;
      for (let j = 0; j < count[y]!; j += 1) {
        sum += source[at + j * length + x]! * weights[y * most + j]!;
      }
      target[y * length + x] = byteOf(sum);
    }
  }
  return target;
}

/** The sums fit in 32 bits: the positive weights of a position are below 1.2 together. */
function byteOf(sum: number): number {
  return Math.min(255, Math.max(0, sum >> PRECISION));
}
