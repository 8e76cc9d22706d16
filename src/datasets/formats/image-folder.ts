/**
 * A folder of images: `train/<class>/<image>`, and `test/<class>/<image>` where there is a test split.
 * Classes are numbered by their names in the order of code units, as most tools do.
 *
 * The images are put in an order in which the beginning of any length has each class by its share, since
 * a limited run takes the first ones. It needs no seed: image i of the n of its class stands at
 * (i + 1/2) / n, and equal places go by class.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { decodeImage } from '../decode/image.ts';
import type { ImageSet } from '../image-set.ts';
import type { NamedFiles, ReadingWatch } from '../named-files.ts';
import { bilinearResizer, type Resizer } from '../resize.ts';
import { UnfitData } from '../unfit-data.ts';
import type { OwnImages } from './own-images.ts';

/** @param size side in pixels that all images are enlarged to; null: all have one size as they are */
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

/** Which files are images of which class; reads none of them. */
function planOf(names: readonly string[]): Plan {
  const train = bySplit(names, 'train');
  const test = bySplit(names, 'test');
  const classNames = [...train.keys()].sort();
  if (classNames.length === 0) {
    throw new UnfitData('train/ holds no class folder', 'put images into train/<class>/');
  }
  if (classNames.length > MOST_CLASSES) {
    throw new UnfitData(
      `train/ holds ${classNames.length} classes; ${MOST_CLASSES} are the most`,
      'a class is a folder: look whether the images lie one folder too deep',
    );
  }
  const unknown = [...test.keys()].find((name) => !train.has(name));
  if (unknown !== undefined) {
    throw new UnfitData(
      `test/${unknown} is a class that train/ has no images of`,
      'add images of it to train/, or take it out of test/',
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

/** Class -> its files, sorted. A file whose name begins with "." is none; a class of such alone is empty. */
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
        `${name} lies beside the class folders`,
        `put it into ${split}/<class>/, or take it out`,
      );
    }
    if (rest.length > 1) {
      throw new UnfitData(
        `${name} lies in a folder within its class folder`,
        `put the images right into ${split}/${className}/`,
      );
    }
    listOf(classes, className!).push(name);
  }
  for (const [className, files] of classes) {
    if (files.length > 0) continue;
    throw new UnfitData(
      `${split}/${className} holds no images`,
      'add some, or take the folder away',
    );
  }
  return classes;
}

function listOf(classes: Map<string, string[]>, name: string): string[] {
  const known = classes.get(name) ?? [];
  classes.set(name, known);
  return known;
}

/** What file managers leave behind. */
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
  /** The file that the others are to be like. */
  readonly like: string;
  readonly size: number | null;
}

/** The pixels of a file in the size of all. */
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
      'bring all images to one size, or name one by "size"',
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
