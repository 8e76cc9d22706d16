/**
 * Bilinear enlargement of images with half-pixel centres, like `torch.nn.functional.interpolate` with
 * `mode='bilinear', align_corners=False`. Output pixel i reads at (i + 0.5) * in / out - 0.5,
 * clamped to the first and last source pixel.
 *
 * The result is floating point (PIL's resize rounds to bytes). Shrinking is refused: it would alias, because
 * there is no low-pass filter here.
 */

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Enlarges the image of `channels` interleaved channels at `source[from...]` into `target[to...]`. */
export type Resizer = (
  source: ArrayLike<number>,
  from: number,
  target: Float32Array,
  to: number,
) => void;

/** A linear map that is applied to each value afterwards: value * scale + shift of its channel. */
export interface Adjustment {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** The taps and the buffer between the two passes are allocated once. The resizer is not re-entrant. */
export function bilinearResizer(
  input: Size,
  output: Size,
  channels: number,
  adjustment?: Adjustment,
): Resizer {
  const rowTaps = bilinearTaps(input.height, output.height);
  const colTaps = interleaved(bilinearTaps(input.width, output.width), channels);
  const length = output.width * channels;
  const widened = new Float64Array(input.height * length);
  const repeated = (values: Float64Array) =>
    Float64Array.from({ length }, (_, i) => values[i % channels]!);
  const scale = adjustment ? repeated(adjustment.scale) : new Float64Array(length).fill(1);
  const shift = adjustment ? repeated(adjustment.shift) : new Float64Array(length);
  return (source, from, target, to) => {
    for (let y = 0; y < input.height; y += 1) {
      widenRow(source, from + y * input.width * channels, colTaps, widened, y * length, length);
    }
    for (let y = 0; y < output.height; y += 1) {
      const [upper, lower] = [rowTaps.first[y]! * length, rowTaps.second[y]! * length];
      const at = to + y * length;
      mixRows(widened, upper, lower, rowTaps.weight[y]!, scale, shift, target, at, length);
    }
  };
}

// Each loop is its own function: nested loops take twice as long.

function widenRow(
  source: ArrayLike<number>,
  from: number,
  { first, second, weight }: Taps,
  target: Float64Array,
  to: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 1) {
    const left = source[from + first[i]!]!;
    target[to + i] = left + (source[from + second[i]!]! - left) * weight[i]!;
  }
}

function mixRows(
  source: Float64Array,
  upper: number,
  lower: number,
  weight: number,
  scale: Float64Array,
  shift: Float64Array,
  target: Float32Array,
  to: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 1) {
    const above = source[upper + i]!;
    const mixed = Math.fround(above + (source[lower + i]! - above) * weight);
    target[to + i] = mixed * scale[i]! + shift[i]!;
  }
}

/** For each output position: the two source positions that it mixes, and the weight of the second. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
}

function bilinearTaps(input: number, output: number): Taps {
  if (!Number.isInteger(output) || output < input) {
    throw new RangeError(`cannot resize ${input} pixels to ${output}: only enlarging is supported`);
  }
  const first = new Int32Array(output);
  const second = new Int32Array(output);
  const weight = new Float64Array(output);
  for (let i = 0; i < output; i += 1) {
    const position = Math.max(0, ((i + 0.5) * input) / output - 0.5);
    first[i] = Math.floor(position);
    second[i] = Math.min(first[i]! + 1, input - 1);
    weight[i] = position - first[i]!;
  }
  return { first, second, weight };
}

/** Expands the taps of pixels to those of their channels. */
function interleaved({ first, second, weight }: Taps, channels: number): Taps {
  const length = first.length * channels;
  const pixel = (i: number) => Math.floor(i / channels);
  const spread = (positions: Int32Array) =>
    Int32Array.from({ length }, (_, i) => positions[pixel(i)]! * channels + (i % channels));
  return {
    first: spread(first),
    second: spread(second),
    weight: Float64Array.from({ length }, (_, i) => weight[pixel(i)]!),
  };
}
