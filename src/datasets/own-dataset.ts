/**
 * A data set from the user's own images. Checks them, splits them if there are no test images, brings them to one
 * size, and measures the facts of the data set.
 */
import type { OwnImages } from './formats/own-images.ts';
import type { ImageFacts } from './image-facts.ts';
import type { ImageSet, PixelSet } from './image-set.ts';
import { pixelStatistics } from './pixel-statistics.ts';
import { bilinearResizer } from './resize.ts';
import { type Shuffle, stratifiedSplit } from './split.ts';
import type { TestImages } from './test-images.ts';
import { UnfitData } from './unfit-data.ts';

export interface OwnDataset {
  readonly facts: ImageFacts;
  readonly train: ImageSet;
  readonly test: ImageSet;
}

export interface OwnDatasetOptions {
  readonly title: string;
  /** Side in pixels to which all images are enlarged; null: they keep their size. */
  readonly size: number | null;
  /** The share of the training images that becomes the test split; null: the data has a test split. */
  readonly test: number | null;
  /** If the format does not contain the names: element i is the name of class i. */
  readonly classNames: readonly string[] | null;
  readonly random: Shuffle;
}

/** @throws UnfitData */
export function ownDataset(images: OwnImages, options: OwnDatasetOptions): OwnDataset {
  const { title, size } = options;
  requirePixels(images.train, 'training images');
  const classNames = namesOf(images, options.classNames);
  const splits = splitsOf(images, options);
  requireEachClass(splits.train, classNames);
  requireSameShape(splits);
  const [train, test] = [enlarged(splits.train, size), enlarged(splits.test, size)];
  const { height, width, channels, classes } = train;
  const { mean, std } = pixelStatistics(train);
  if (std.some((deviation) => deviation === 0)) {
    throw new UnfitData(
      'a channel has the same value in all training images',
      'nothing can be learned from it: check the images',
    );
  }
  const counts = { trainCount: train.count, testCount: test.count };
  const shape = { height, width, channels, classes, classNames };
  return { facts: { name: slug(title), title, ...shape, ...counts, mean, std }, train, test };
}

/**
 * Images without training images, in one size.
 *
 * @throws UnfitData
 */
export function ownTestImages(
  images: TestImages,
  { size, test, classNames }: Pick<OwnDatasetOptions, 'size' | 'test' | 'classNames'>,
): TestImages {
  requirePixels(images, 'images');
  const unused = test === null ? classNames && 'classNames' : 'test';
  if (unused) {
    throw new UnfitData(
      `there are no training images, which "${unused}" is for`,
      'remove it, or put labelled images into train/<class>/',
    );
  }
  return enlarged(images, size);
}

function requirePixels({ count, height, width }: PixelSet, what: string): void {
  if (count === 0) {
    throw new UnfitData(`there are no ${what}`, 'check whether it is the right file');
  }
  if (height * width > 0) return;
  throw new UnfitData(
    `the images are ${width} x ${height} pixels: they are empty`,
    'check the file',
  );
}

/** Lower-case words, joined by "-". */
function slug(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g);
  return words?.join('-') ?? 'images';
}

function namesOf(
  { train, classNames }: OwnImages,
  given: readonly string[] | null,
): readonly string[] {
  if (classNames && given) {
    throw new UnfitData('the folders name the classes already', 'remove "classNames"');
  }
  if (given && given.length !== train.classes) {
    throw new UnfitData(
      `there are ${given.length} names, but the labels have ${train.classes} classes`,
      'name each class once, in the order of the labels',
    );
  }
  return classNames ?? given ?? Array.from({ length: train.classes }, (_, label) => String(label));
}

function splitsOf(
  { train, test }: OwnImages,
  { test: share, random }: OwnDatasetOptions,
): { train: ImageSet; test: ImageSet } {
  if (test && test.count > 0) {
    if (share === null) return { train, test };
    throw new UnfitData(
      '"test" is given, but the data already has test images',
      'remove "test", or the test images',
    );
  }
  if (share === null) {
    throw new UnfitData(
      'the data has no test images',
      'add them, or use a share of the training images, such as test: 0.2',
    );
  }
  const { chosen, rest } = stratifiedSplit(train.labels, Math.round(share * train.count), random);
  if (chosen.length === 0 || rest.length === 0) {
    throw new UnfitData(
      `a share of ${share} of ${train.count} images leaves one of the splits empty`,
      'add images, or change "test"',
    );
  }
  return { train: some(train, rest), test: some(train, chosen) };
}

function some(images: ImageSet, indices: Uint32Array): ImageSet {
  const length = images.height * images.width * images.channels;
  const pixels = new Uint8Array(indices.length * length);
  for (const [i, index] of indices.entries()) {
    pixels.set(images.pixels.subarray(index * length, (index + 1) * length), i * length);
  }
  const labels = Uint8Array.from(indices, (index) => images.labels[index]!);
  return { ...images, count: indices.length, pixels, labels };
}

/** There are at least two classes. A class without training images is a gap in the numbering, or the labels start at 1. */
function requireEachClass({ labels, classes }: ImageSet, names: readonly string[]): void {
  if (classes < 2) {
    throw new UnfitData(
      'all training images are of one class',
      'give images of at least two classes; to score an ONNX model without labels, set labels: false',
    );
  }
  const seen = new Set(labels);
  for (let label = 0; label < classes; label += 1) {
    if (seen.has(label)) continue;
    throw new UnfitData(
      `class ${label} ("${names[label]}") has no training images`,
      'number the classes from 0 without gaps, and give each class training images',
    );
  }
}

function requireSameShape({ train, test }: { train: ImageSet; test: ImageSet }): void {
  const shape = ({ height, width, channels }: ImageSet) => `${height} x ${width} x ${channels}`;
  if (shape(train) !== shape(test)) {
    throw new UnfitData(
      `training images are ${shape(train)}, test images ${shape(test)} (rows x columns x channels)`,
      'give them the same shape',
    );
  }
  const stray = test.labels.findIndex((label) => label >= train.classes);
  if (stray < 0) return;
  throw new UnfitData(
    `test image ${stray} is of class ${test.labels[stray]}, which has no training images`,
    'add training images of that class, or remove it from the test images',
  );
}

/** Rounded to bytes, because data sets are stored as bytes. */
function enlarged<T extends PixelSet>(images: T, size: number | null): T {
  const { count, height, width, channels } = images;
  if (size === null || (height === size && width === size)) return images;
  if (height > size || width > size) {
    throw new UnfitData(
      `the images are ${width} x ${height} pixels, more than the size ${size}`,
      'images are only enlarged: raise "size", or set "resize" and "crop" instead',
    );
  }
  const resize = bilinearResizer(images, { height: size, width: size }, channels);
  const one = new Float32Array(size * size * channels);
  const pixels = new Uint8Array(count * one.length);
  for (let i = 0; i < count; i += 1) {
    resize(images.pixels, i * height * width * channels, one, 0);
    for (let p = 0; p < one.length; p += 1) pixels[i * one.length + p] = Math.round(one[p]!);
  }
  return { ...images, height: size, width: size, pixels };
}
