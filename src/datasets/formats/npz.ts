/**
 * A NumPy archive with the arrays of a data set: `x_train`, `y_train`, `x_test`, `y_test` (the names of Keras),
 * or `train_images`, `train_labels`, `test_images`, `test_labels`. Images are bytes with the axes image, row,
 * column, and channel if there are three (or one). Labels are class indices from 0. Without training images, those of
 * the test may have no labels.
 */
import type { ImageSet, PixelSet } from '../image-set.ts';
import { narrowed } from '../model-samples.ts';
import type { TestImages } from '../test-images.ts';
import { UnfitData } from '../unfit-data.ts';
import { type NpyArray, readNpy } from './npy.ts';
import { unzipArrays } from './npz-archive.ts';
import type { OwnImages } from './own-images.ts';
import { labelsIn } from './sample-arrays.ts';

const NAMINGS = [
  { train: ['x_train', 'y_train'], test: ['x_test', 'y_test'] },
  { train: ['train_images', 'train_labels'], test: ['test_images', 'test_labels'] },
] as const;

const KEYS: ReadonlySet<string> = new Set(
  NAMINGS.flatMap(({ train, test }) => [...train, ...test]),
);

/** @throws UnfitData if an array is missing or is not as described above */
export async function readNpz(file: string, bytes: Uint8Array): Promise<OwnImages | TestImages> {
  const { arrays, seen } = await unzipArrays(file, bytes, (key) => KEYS.has(key));
  const naming = NAMINGS.find(({ train }) => train.some((key) => arrays.has(key)));
  const array = (key: string): NpyArray => {
    const found = arrays.get(key);
    if (found) return readNpy(`${file}: ${key}`, found);
    throw new UnfitData(
      `${file} has no array ${key}, but ${seen.sort().join(', ') || 'none'}`,
      'name its arrays x_train, y_train, x_test and y_test',
    );
  };
  const scored = naming ? undefined : NAMINGS.find(({ test: [images] }) => arrays.has(images));
  if (scored) {
    const [images, labels] = scored.test;
    const pixels = pixelSet(`${file}: ${images}`, array(images));
    const npy = arrays.get(labels);
    const given = npy ? narrowed(labelsIn(`${file}: ${labels}`, npy)) : null;
    if (given) requireLabels(`${file}: ${images}`, pixels.count, given.length);
    return { ...pixels, labels: given, classes: null };
  }
  const { train, test } = naming ?? NAMINGS[0];
  const labels = labelsOf(`${file}: ${train[1]}`, array(train[1]));
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const images = (keys: readonly [string, string], known?: Uint8Array): ImageSet => {
    const ofImages = known ?? labelsOf(`${file}: ${keys[1]}`, array(keys[1]));
    return imageSet(`${file}: ${keys[0]}`, array(keys[0]), ofImages, classes);
  };
  return {
    classNames: undefined,
    train: images(train, labels),
    test: test.some((key) => arrays.has(key)) ? images(test) : undefined,
  };
}

/** One index per image; a second dimension of length one is removed. */
function labelsOf(what: string, array: NpyArray): Uint8Array {
  const [count = 0, ...rest] = array.shape;
  if (array.shape.length === 0 || rest.some((dim) => dim !== 1)) {
    throw new UnfitData(
      `${what} is ${array.shape.join(' x ')}, not one class index per image`,
      'convert one-hot rows to indices with .argmax(axis=1)',
    );
  }
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) {
    const label = array.at(i);
    if (label >= 0 && label < 256) labels[i] = label;
    else {
      throw new UnfitData(
        `${what}: label ${i} is ${label}, not a class from 0 to 255`,
        'number the classes from 0',
      );
    }
  }
  return labels;
}

function imageSet(what: string, array: NpyArray, labels: Uint8Array, classes: number): ImageSet {
  const pixels = pixelSet(what, array);
  requireLabels(what, pixels.count, labels.length);
  return { ...pixels, classes, labels };
}

function pixelSet(what: string, { type, shape, data }: NpyArray): PixelSet {
  if (type !== 'uint8') {
    throw new UnfitData(
      `${what} holds ${type}, not uint8`,
      'images must be bytes from 0 to 255: convert them with .astype(np.uint8), and multiply them by 255 first if they are from 0 to 1',
    );
  }
  const [count, height, width, channels = 1] = shape as [number, number, number, number?];
  if ((shape.length !== 3 && shape.length !== 4) || (channels !== 1 && channels !== 3)) {
    throw new UnfitData(
      `${what} is ${shape.join(' x ')}, not image x row x column, optionally with 1 or 3 channels last`,
      shape.length === 4 && (shape[1] === 1 || shape[1] === 3)
        ? 'its channels come first: use .transpose(0, 2, 3, 1)'
        : 'reshape it',
    );
  }
  return { count, height, width, channels, pixels: data };
}

function requireLabels(what: string, count: number, labels: number): void {
  if (labels === count) return;
  throw new UnfitData(
    `${what} has ${count} images, but there are ${labels} labels`,
    'give one label per image',
  );
}
