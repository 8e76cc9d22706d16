/** The geometry of an image before a network: resized, then cropped at the centre, as torchvision does it. */
import type { PixelSet } from './image-set.ts';
import type { Size } from './resize.ts';
import { type Interpolation, type Shrinker, shrinker } from './shrink.ts';
import { UnfitData } from './unfit-data.ts';

export interface Fit {
  /** The shorter side in pixels, or height and width; null: the images keep their size. */
  readonly resize: number | readonly [height: number, width: number] | null;
  /** The side of the square at the centre that is kept; null: everything is kept. */
  readonly crop: number | null;
  readonly interpolation: Interpolation;
}

/** How a user's own images get one size. At most one of the two is given; if none is, they must have one size. */
export interface Sizing {
  /** The side in pixels to which all images are enlarged. */
  readonly size: number | null;
  readonly fit: Fit | null;
}

/** The size to which an image is resized. The longer side is rounded down. */
export function resizedTo({ height, width }: Size, resize: Fit['resize']): Size {
  if (resize === null) return { height, width };
  if (typeof resize !== 'number') return { height: resize[0], width: resize[1] };
  return height <= width
    ? { height: resize, width: Math.trunc((resize * width) / height) }
    : { height: Math.trunc((resize * height) / width), width: resize };
}

/** The size of an image after both steps. */
export function fittedSize(input: Size, { resize, crop }: Fit): Size {
  return crop === null ? resizedTo(input, resize) : { height: crop, width: crop };
}

/**
 * Brings images of one size into the size of `fittedSize`. The result is valid until the next call.
 *
 * @param what names the images in errors
 * @throws UnfitData if an image is smaller than the crop
 */
export function fitter(what: string, input: Size, channels: number, fit: Fit): Shrinker {
  const resized = resizedTo(input, fit.resize);
  const resize = shrinker(input, resized, channels, fit.interpolation);
  const { crop } = fit;
  if (crop === null) return resize;
  const { height, width } = resized;
  if (height < crop || width < crop) {
    throw new UnfitData(
      `${what} is ${width} x ${height} pixels before the crop of ${crop} x ${crop}`,
      'use a larger "resize" or a smaller "crop"',
    );
  }
  if (height === crop && width === crop) return resize;
  const [top, left] = [marginOf(height, crop), marginOf(width, crop)];
  const square = new Uint8Array(crop * crop * channels);
  return (source, from) => {
    const image = resize(source, from);
    for (let y = 0; y < crop; y += 1) {
      const start = ((top + y) * width + left) * channels;
      square.set(image.subarray(start, start + crop * channels), y * crop * channels);
    }
    return square;
  };
}

/** Images of one size. */
export function fittedImages<T extends PixelSet>(what: string, images: T, fit: Fit): T {
  const { count, channels } = images;
  const { height, width } = fittedSize(images, fit);
  const resize = fitter(what, images, channels, fit);
  const [before, after] = [images.height * images.width * channels, height * width * channels];
  const pixels = new Uint8Array(count * after);
  for (let i = 0; i < count; i += 1) pixels.set(resize(images.pixels, i * before), i * after);
  return { ...images, height, width, pixels };
}

/** Half of the difference. A half pixel is rounded to an even number, as Python does. */
function marginOf(extent: number, crop: number): number {
  const half = (extent - crop) / 2;
  const below = Math.floor(half);
  return half === below || below % 2 === 0 ? below : below + 1;
}
