/**
 * Bilinear enlargement of images with half-pixel centres, as `torch.nn.functional.interpolate` does it
 * with `mode='bilinear', align_corners=False`: output pixel i reads at (i + 0.5) * in / out - 0.5,
 * clamped to the first and last source pixel.
 *
 * The result stays in floating point (PIL's resize rounds to whole bytes). Shrinking is refused: without
 * a low-pass filter, which this has not, it aliases.
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

/** The taps and the buffer between the two passes are made once; the resizer is not re-entrant. */
export function bilinearResizer(input: Size, output: Size, channels: number): Resizer {
  const rowTaps = bilinearTaps(input.height, output.height);
  const colTaps = bilinearTaps(input.width, output.width);
  const rowLength = output.width * channels;
  const widened = new Float64Array(input.height * rowLength);

  return (source, from, target, to) => {
    for (let y = 0; y < input.height; y += 1) {
      const row = from + y * input.width * channels;
      for (let x = 0; x < output.width; x += 1) {
        const left = row + colTaps.first[x]! * channels;
        const right = row + colTaps.second[x]! * channels;
        const weight = colTaps.weight[x]!;
        const at = y * rowLength + x * channels;
        for (let c = 0; c < channels; c += 1) {
          widened[at + c] = mix(source[left + c]!, source[right + c]!, weight);
        }
      }
    }
    for (let y = 0; y < output.height; y += 1) {
      const upper = rowTaps.first[y]! * rowLength;
      const lower = rowTaps.second[y]! * rowLength;
      const weight = rowTaps.weight[y]!;
      const at = to + y * rowLength;
      for (let i = 0; i < rowLength; i += 1) {
        target[at + i] = mix(widened[upper + i]!, widened[lower + i]!, weight);
      }
    }
  };
}

/** For each output position: the two source positions that it mixes, and the share of the second. */
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

function mix(a: number, b: number, weight: number): number {
  return a + (b - a) * weight;
}
