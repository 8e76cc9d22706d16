/**
 * A folder of images: `train/<class>/<image>`, and `test/<class>/<image>` if there is a test split.
 * Classes are numbered by their names in the order of code units, as most tools do.
 *
 * In the order of the images, the first n contain each class by its share, for every n, since a limited run
 * uses the first ones. The order needs no seed: image i of the n of its class has the position (i + 1/2) / n,
 * and equal positions are sorted by class.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { decodeImage } from '../decode/image.ts';
import type { ImageSet } from '../image-set.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import { bilinearResizer, type Resizer } from '../resize.ts';
import { UnfitData } from '../unfit-data.ts';
import type { OwnImages } from './own-images.ts';

/** @param size side in pixels to which all images are enlarged; null: all images have one size already */
export async function readImageFolder(
  files: NamedFiles,
  size: number | null,
  watch: ReadingWatch,
): Promise<OwnImages> {
  const { classNames, train, test } = planOf(files.names);
  const first = decodeImage(train[0]!.file, files.read(train[0]!.file));
  const { channels } = first;
  const shape = size === null ? first : { height: size, width: size };
  const same: Sameness = { ...shape, channels, like: train[0]!.file, size };
  const count = train.length + test.length;
  let done = 0;
  const readSplit = async (entries: readonly Entry[]): Promise<ImageSet> => {
    const length = same.height * same.width * channels;
    const pixels = new Uint8Array(entries.length * length);
    const resizers = new Map<string, Resizer>();
    for (const [i, { file }] of entries.entries()) {
      pixels.set(fitting(file, files.read(file), same, resizers), i * length);
      done += 1;
      if (done % 256 !== 0) continue;
      watch.onProgress(done, count);
      await breathe();
      watch.signal.throwIfAborted();
    }
    const labels = Uint8Array.from(entries, (entry) => entry.label);
    const { height, width } = same;
    const classes = classNames.length;
    return { count: entries.length, height, width, channels, classes, pixels, labels };
  };
  return {
    classNames,
    train: await readSplit(train),
    test: test.length === 0 ? undefined : await readSplit(test),
  };
}

interface Entry {
  readonly file: string;
  readonly label: number;
}

interface Plan {
  readonly classNames: readonly string[];
  readonly train: readonly Entry[];
  readonly test: readonly Entry[];
}

const MOST_CLASSES = 256;

/** Finds the images of each class, without reading them. */
function planOf(names: readonly string[]): Plan {
  const train = bySplit(names, 'train');
  const test = bySplit(names, 'test');
  const classNames = [...train.keys()].sort();
  if (classNames.length === 0) {
    throw new UnfitData('train/ has no class folders', 'put images into train/<class>/');
  }
  if (classNames.length > MOST_CLASSES) {
    throw new UnfitData(
      `train/ has ${classNames.length} classes, more than the limit of ${MOST_CLASSES}`,
      'each folder is a class: check whether the images are one folder too deep',
    );
  }
  const unknown = [...test.keys()].find((name) => !train.has(name));
  if (unknown !== undefined) {
    throw new UnfitData(
      `test/${unknown} is a class without images in train/`,
      'add images of it to train/, or remove it from test/',
    );
  }
  const entries = (split: ReadonlyMap<string, readonly string[]>): Entry[] =>
    interleaved(
      classNames.map((name, label) =>
        (split.get(name) ?? []).map((file): Entry => ({ file, label })),
      ),
    );
  return { classNames, train: entries(train), test: entries(test) };
}

/** Class -> its sorted files. Files whose name begins with "." are ignored; a class with no others is empty. */
function bySplit(names: readonly string[], split: string): Map<string, string[]> {
  const classes = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const [first, className, ...rest] = name.split('/');
    if (first !== split) continue;
    const inside = rest.length > 0;
    if (isPassedOver(inside ? rest.at(-1)! : className!)) {
      if (inside && !isPassedOver(className!)) listOf(classes, className!);
      continue;
    }
    if (!inside) {
      throw new UnfitData(
        `${name} is next to the class folders`,
        `move it into ${split}/<class>/, or remove it`,
      );
    }
    if (rest.length > 1) {
      throw new UnfitData(
        `${name} is in a folder inside its class folder`,
        `put the images directly into ${split}/${className}/`,
      );
    }
    listOf(classes, className!).push(name);
  }
  for (const [className, files] of classes) {
    if (files.length > 0) continue;
    throw new UnfitData(`${split}/${className} has no images`, 'add images, or remove the folder');
  }
  return classes;
}

function listOf(classes: Map<string, string[]>, name: string): string[] {
  const known = classes.get(name) ?? [];
  classes.set(name, known);
  return known;
}

/** Files that file managers leave behind. */
function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';
}

function interleaved(classes: readonly (readonly Entry[])[]): Entry[] {
  const placed = classes.flatMap((entries) =>
    entries.map((entry, i) => ({ entry, place: (i + 0.5) / entries.length })),
  );
  return placed
    .sort((a, b) => a.place - b.place || a.entry.label - b.entry.label)
    .map(({ entry }) => entry);
}

interface Sameness {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The file that the others must match. */
  readonly like: string;
  readonly size: number | null;
}

/** The pixels of a file, in the size of all images. */
function fitting(
  file: string,
  bytes: Uint8Array,
  { height, width, channels, like, size }: Sameness,
  resizers: Map<string, Resizer>,
): Uint8Array {
  const image = decodeImage(file, bytes);
  if (image.channels !== channels) {
    const name = (count: number) => (count === 1 ? 'grey' : 'in colour');
    throw new UnfitData(
      `${file} is ${name(image.channels)}, but ${like} is ${name(channels)}`,
      'save all images as grey, or all in colour',
    );
  }
  if (image.height === height && image.width === width) return image.pixels;
  if (size === null) {
    throw new UnfitData(
      `${file} is ${image.width} x ${image.height} pixels, but ${like} is ${width} x ${height}`,
      'bring all images to one size, or set "size"',
    );
  }
  if (image.height > size || image.width > size) {
    throw new UnfitData(
      `${file} is ${image.width} x ${image.height} pixels, more than the size ${size}`,
      'images are only enlarged: raise "size", or shrink the images beforehand',
    );
  }
  const key = `${image.width} x ${image.height}`;
  const resize = resizers.get(key) ?? bilinearResizer(image, { height, width }, channels);
  resizers.set(key, resize);
  const enlarged = new Float32Array(height * width * channels);
  resize(image.pixels, 0, enlarged, 0);
  return Uint8Array.from(enlarged, Math.round);
}
