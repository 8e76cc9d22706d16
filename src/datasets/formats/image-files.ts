/** Reads PNG and JPEG files into images of one size. */
import { setImmediate as breathe } from 'node:timers/promises';
import { decodeImage } from '../decode/image.ts';
import type { Sizing } from '../fitting.ts';
import type { PixelSet } from '../image-set.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import { ImageSizing } from './image-sizing.ts';

export class ImageFiles {
  readonly #files: NamedFiles;
  readonly #watch: ReadingWatch;
  readonly #same: ImageSizing;
  readonly #count: number;
  #done = 0;

  /**
   * @param first the file whose size the others must match
   * @param count the number of images that will be read
   */
  constructor(
    files: NamedFiles,
    { first, count, sizing }: { first: string; count: number; sizing: Sizing },
    watch: ReadingWatch,
  ) {
    this.#files = files;
    this.#watch = watch;
    this.#count = count;
    this.#same = new ImageSizing(first, decodeImage(first, files.read(first)), sizing);
  }

  async read(names: readonly string[]): Promise<PixelSet> {
    const { height, width, channels } = this.#same;
    const length = height * width * channels;
    this.#same.requireRoom(names.length);
    const pixels = new Uint8Array(names.length * length);
    for (const [i, name] of names.entries()) {
      const image = decodeImage(name, this.#files.read(name));
      pixels.set(this.#same.pixels(name, image), i * length);
      this.#done += 1;
      if (this.#done % 256 !== 0) continue;
      this.#watch.onProgress(this.#done, this.#count);
      await breathe();
      this.#watch.signal.throwIfAborted();
    }
    return { count: names.length, height, width, channels, pixels };
  }
}

/** Mixes the classes: the first n contain each class by its share, for every n. */
export function interleaved<T extends { readonly label: number }>(
  classes: readonly (readonly T[])[],
): T[] {
  const placed = classes.flatMap((entries) =>
    entries.map((entry, i) => ({ entry, place: (i + 0.5) / entries.length })),
  );
  return placed
    .sort((a, b) => a.place - b.place || a.entry.label - b.entry.label)
    .map(({ entry }) => entry);
}
