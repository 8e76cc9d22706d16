/**
 * Images as the input of a network: enlarged to its input size, scaled to [0, 1], then normalised with the mean and
 * standard deviation of each channel.
 *
 * Batches are computed from the bytes when they are needed, so a data set needs one byte per pixel in memory.
 */

import type { ImageSet } from './image-set.ts';
import { type Adjustment, bilinearResizer } from './resize.ts';
import type { Samples } from './samples.ts';

export interface Preprocessing {
  /** Height and width of the network's input, in pixels. */
  readonly size: number;
  /** One per channel, on the scale [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Samples of shape [size, size, channels]. */
export function preprocess(images: ImageSet, { size, mean, std }: Preprocessing): Samples {
  const { count, height, width, channels, classes, labels } = images;
  if (mean.length !== channels || std.length !== channels) {
    throw new RangeError(
      `${channels} channels need as many means and deviations, got ${mean.length} and ${std.length}`,
    );
  }
  const normalise = normalisation(mean, std);
  const write =
    height === size && width === size
      ? copying(images, normalise)
      : enlarging(images, size, normalise);
  const length = size * size * channels;
  return {
    count,
    shape: [size, size, channels],
    classes,
    labels,
    fill(indices, out) {
      for (let i = 0; i < indices.length; i += 1) {
        const index = indices[i]!;
        if (!(index >= 0 && index < count)) throw new RangeError(`no sample ${index} of ${count}`);
        write(index, out, i * length);
      }
    },
  };
}

/** From bytes to the input of a network. */
function normalisation(mean: readonly number[], std: readonly number[]): Adjustment {
  return {
    scale: Float64Array.from(std, (deviation) => 1 / (255 * deviation)),
    shift: Float64Array.from(std, (deviation, c) => -mean[c]! / deviation),
  };
}

type WriteImage = (index: number, out: Float32Array, to: number) => void;

function copying(images: ImageSet, { scale, shift }: Adjustment): WriteImage {
  const { pixels, channels } = images;
  const length = images.height * images.width * channels;
  // A byte has only 256 values: a table saves the arithmetic for each pixel.
  const table = new Float32Array(256 * channels);
  for (let i = 0; i < table.length; i += 1) {
    const c = i % channels;
    table[i] = ((i - c) / channels) * scale[c]! + shift[c]!;
  }
  return (index, out, to) => {
    const from = index * length;
    for (let i = 0; i < length; i += channels) {
      for (let c = 0; c < channels; c += 1) {
        out[to + i + c] = table[pixels[from + i + c]! * channels + c]!;
      }
    }
  };
}

function enlarging(images: ImageSet, size: number, normalise: Adjustment): WriteImage {
  const { pixels, height, width, channels } = images;
  const square = { height: size, width: size };
  const resize = bilinearResizer({ height, width }, square, channels, normalise);
  return (index, out, to) => resize(pixels, index * height * width * channels, out, to);
}
