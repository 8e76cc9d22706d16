/**
 * Images as the input of a model from elsewhere, by a declared preprocessing: the same numbers as torchvision's `Resize`,
 * `CenterCrop`, `ToTensor` and `Normalize` give. The numbers of a batch are computed when it is read.
 */
import { type Fit, fittedSize, fitter } from './fitting.ts';
import type { ImageInput } from './image-input.ts';
import {
  type InputData,
  inputArrays,
  type ModelInput,
  type ModelSamples,
} from './model-samples.ts';
import { pixelTables, sourceChannels } from './pixel-tables.ts';
import type { Size } from './resize.ts';
import type { TestImages } from './test-images.ts';
import { UnfitData } from './unfit-data.ts';

/**
 * @param title names the data set in errors
 * @throws UnfitData if the images can't become the input that the model declares
 */
export function modelImages(
  images: TestImages,
  title: string,
  declared: ModelInput,
  input: ImageInput,
): ModelSamples {
  const fit = fitOf(input);
  const size = fittedSize(images, fit);
  requireSize(title, size, input);
  const sources = sourceChannels(input.channels, images.channels);
  const shape =
    input.layout === 'nchw'
      ? [sources.length, size.height, size.width]
      : [size.height, size.width, sources.length];
  requireShape(title, shape, declared);
  const { type, tables } = pixelTables(declared, input, sources.length);
  const isMixed = input.channels === 'gray' && images.channels === 3;
  const channels = isMixed ? 1 : images.channels;
  const fitted = fitter(`an image of ${title}`, images, channels, fit);
  const pixels = images.height * images.width;
  const area = size.height * size.width;
  const [step, channelStep] = input.layout === 'nchw' ? [1, area] : [sources.length, 1];
  return {
    count: images.count,
    inputs: [{ name: declared.name, type, shape }],
    labels: images.labels,
    classes: images.classes,
    read(_, from, count) {
      const values = new inputArrays[type](count * area * sources.length);
      for (let i = 0; i < count; i += 1) {
        const at = (from + i) * pixels * images.channels;
        const image = isMixed
          ? fitted(grayOf(images.pixels, at, pixels), 0)
          : fitted(images.pixels, at);
        for (const [c, source] of sources.entries()) {
          const to = i * area * sources.length + c * channelStep;
          spread(image, source, channels, tables[c]!, values, to, step, area);
        }
      }
      return values;
    },
  };
}

/** One channel of an image through its table. */
function spread(
  image: Uint8Array,
  channel: number,
  channels: number,
  table: InputData,
  values: InputData,
  to: number,
  step: number,
  area: number,
): void {
  for (let p = 0; p < area; p += 1) {
    values[to + p * step] = table[image[p * channels + channel]!]!;
  }
}

/** The luma of ITU-R 601 in units of 2^-16, as Pillow converts to grey. */
function grayOf(pixels: Uint8Array, from: number, count: number): Uint8Array {
  const gray = new Uint8Array(count);
  for (let p = 0; p < count; p += 1) {
    const at = from + 3 * p;
    const sum = pixels[at]! * 19595 + pixels[at + 1]! * 38470 + pixels[at + 2]! * 7471;
    gray[p] = (sum + 2 ** 15) >> 16;
  }
  return gray;
}

/** Images are resized to `size` if nothing else is declared. */
function fitOf({ size, resize, crop, interpolation }: ImageInput): Fit {
  if (size === null || resize !== null || crop !== null) return { resize, crop, interpolation };
  return { resize: bothSides(size), crop, interpolation };
}

function bothSides(size: NonNullable<ImageInput['size']>): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

function requireSize(title: string, { height, width }: Size, { size }: ImageInput): void {
  if (size === null) return;
  const [rows, columns] = bothSides(size);
  if (height === rows && width === columns) return;
  throw new UnfitData(
    `the images of ${title} are ${height} x ${width} after "resize" and "crop", not the "size" ${rows} x ${columns} (rows x columns)`,
    'change "resize" and "crop" of the "input" of the model, or remove them',
  );
}

/** The first extent of the model's input is the batch. */
function requireShape(title: string, shape: readonly number[], declared: ModelInput): void {
  const [, ...extents] = declared.shape;
  const fits =
    extents.length === shape.length &&
    extents.every((extent, i) => typeof extent === 'string' || extent === shape[i]);
  if (fits) return;
  throw new UnfitData(
    `the images of ${title} become ${shape.join(' x ')}, but the input "${declared.name}" of the model is ${extents.join(' x ') || 'a vector'}`,
    'change "size", "layout" or "channels" of the "input" of the model',
  );
}
