/** Brings the images of a folder to one size. The first image decides what the others must match. */
import type { DecodedImage } from '../decode/decoded-image.ts';
import { fittedSize, fitter, type Sizing } from '../fitting.ts';
import { bilinearResizer, type Size } from '../resize.ts';
import { UnfitData } from '../unfit-data.ts';

/** Files up to this size can be read in one piece. */
const MOST_BYTES = 2 ** 31 - 1;

/** Photographs can have thousands of sizes, and each resizer has its buffers. */
const MOST_RESIZERS = 16;

export class ImageSizing {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly #like: string;
  readonly #sizing: Sizing;
  /** By the size of the images that they resize. */
  readonly #resizers = new Map<string, (pixels: Uint8Array) => Uint8Array>();

  /** @param like the file of the first image */
  constructor(like: string, first: DecodedImage, sizing: Sizing) {
    const { height, width } = commonSize(first, sizing);
    this.height = height;
    this.width = width;
    this.channels = first.channels;
    this.#like = like;
    this.#sizing = sizing;
  }

  requireRoom(count: number): void {
    const { height, width, channels } = this;
    const bytes = count * height * width * channels;
    if (bytes <= MOST_BYTES) return;
    throw new UnfitData(
      `${count} images of ${width} x ${height} pixels are ${bytes} bytes, more than the limit of ${MOST_BYTES} for a split`,
      'use fewer images, or smaller ones',
    );
  }

  /** The pixels of a file in the size of all images. The result is valid until the next call. */
  pixels(file: string, image: DecodedImage): Uint8Array {
    const { channels } = image;
    if (channels !== this.channels) {
      const name = (count: number) => (count === 1 ? 'grey' : 'in colour');
      throw new UnfitData(
        `${file} is ${name(channels)}, but ${this.#like} is ${name(this.channels)}`,
        'save all images as grey, or all in colour',
      );
    }
    const isSame = image.height === this.height && image.width === this.width;
    if (isSame && !this.#sizing.fit) return image.pixels;
    const key = `${image.width} x ${image.height}`;
    const resize = this.#resizers.get(key) ?? this.#resizerFor(file, image);
    if (this.#resizers.size >= MOST_RESIZERS) this.#resizers.clear();
    this.#resizers.set(key, resize);
    return resize(image.pixels);
  }

  #resizerFor(file: string, image: DecodedImage): (pixels: Uint8Array) => Uint8Array {
    const { height, width, channels } = this;
    const { size, fit } = this.#sizing;
    const found = `${file} is ${image.width} x ${image.height} pixels`;
    if (fit) {
      const fitted = fittedSize(image, fit);
      if (fitted.height !== height || fitted.width !== width) {
        throw new UnfitData(
          `${found}, ${fitted.width} x ${fitted.height} after "resize", but ${this.#like} is then ${width} x ${height}`,
          'add "crop", or give "resize" as [height, width]',
        );
      }
      const resize = fitter(file, image, channels, fit);
      return (pixels) => resize(pixels, 0);
    }
    if (size === null) {
      throw new UnfitData(
        `${found}, but ${this.#like} is ${width} x ${height}`,
        'bring all images to one size, or set "resize" and "crop"',
      );
    }
    if (image.height > size || image.width > size) {
      throw new UnfitData(
        `${found}, more than the size ${size}`,
        'images are only enlarged: raise "size", or set "resize" and "crop" instead',
      );
    }
    const resize = bilinearResizer(image, { height, width }, channels);
    const enlarged = new Float32Array(height * width * channels);
    return (pixels) => {
      resize(pixels, 0, enlarged, 0);
      return Uint8Array.from(enlarged, Math.round);
    };
  }
}

function commonSize(first: Size, { size, fit }: Sizing): Size {
  if (fit) return fittedSize(first, fit);
  return size === null ? first : { height: size, width: size };
}
