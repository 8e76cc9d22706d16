/**
 * A NumPy archive with the arrays of a data set: `x_train`, `y_train`, `x_test`, `y_test` as Keras names
 * them, or `train_images`, `train_labels`, `test_images`, `test_labels`. Images are bytes in the order
 * image, row, column, and channel where there are three (or one); labels are class indices from 0.
 *
 * A zip archive; fflate, whose one importer this is, does not compare its checksums.
 */
import { unzipSync } from 'fflate';
import type { ImageSet } from '../image-set.ts';
import { UnfitData } from '../unfit-data.ts';
import { type NpyArray, readNpy } from './npy.ts';
import type { OwnImages } from './own-images.ts';

const NAMINGS = [
  { train: ['x_train', 'y_train'], test: ['x_test', 'y_test'] },
  { train: ['train_images', 'train_labels'], test: ['test_images', 'test_labels'] },
] as const;

const KEYS: ReadonlySet<string> = new Set(
  NAMINGS.flatMap(({ train, test }) => [...train, ...test]),
);

/** @throws UnfitData where an array is missing or not as said above */
export function readNpz(file: string, bytes: Uint8Array): OwnImages {
  const seen: string[] = [];
  const arrays = unzip(file, bytes, (key) => {
    seen.push(key);
    return KEYS.has(key);
  });
  const naming = NAMINGS.find(({ train }) => train.some((key) => arrays.has(key)));
  const array = (key: string): NpyArray => {
    const found = arrays.get(key);
    if (found) return readNpy(`${file}: ${key}`, found);
    throw new UnfitData(
      `${file} has no array ${key}, but ${seen.sort().join(', ') || 'none'}`,
      'name its arrays x_train, y_train, x_test and y_test',
    );
  };
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

function unzip(
  file: string,
  bytes: Uint8Array,
  isWanted: (key: string) => boolean,
): Map<string, Uint8Array> {
  const keyOf = (name: string) => name.replace(/\.npy$/, '');
  try {
    const unpacked = unzipSync(bytes, { filter: ({ name }) => isWanted(keyOf(name)) });
    return new Map(Object.entries(unpacked).map(([name, content]) => [keyOf(name), content]));
  } catch (problem) {
    throw new UnfitData(
      `${file} is no .npz, or not all of it: ${(problem as Error).message}`,
      'copy it anew, or save it by np.savez_compressed',
    );
  }
}

/** One index an image; a second dimension of length one is taken off. */
function labelsOf(what: string, array: NpyArray): Uint8Array {
  const [count = 0, ...rest] = array.shape;
  if (array.shape.length === 0 || rest.some((dim) => dim !== 1)) {
    throw new UnfitData(
      `${what} is ${array.shape.join(' x ')}: not one class index an image`,
      'one-hot rows become indices by .argmax(axis=1)',
    );
  }
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) {
    const label = array.at(i);
    if (label >= 0 && label < 256) labels[i] = label;
    else {
      throw new UnfitData(
        `${what}: label ${i} is ${label}, not a class from 0 to 255`,
        'number the classes from 0 on',
      );
    }
  }
  return labels;
}

function imageSet(what: string, array: NpyArray, labels: Uint8Array, classes: number): ImageSet {
  const { type, shape, data } = array;
  if (type !== 'uint8') {
    throw new UnfitData(
      `${what} holds ${type}, not uint8`,
      'images are bytes from 0 to 255: .astype(np.uint8), after a multiplication by 255 where they end at 1',
    );
  }
  const [count, height, width, channels = 1] = shape as [number, number, number, number?];
  if ((shape.length !== 3 && shape.length !== 4) || (channels !== 1 && channels !== 3)) {
    throw new UnfitData(
      `${what} is ${shape.join(' x ')}: not image x row x column, with 1 or 3 channels last if any`,
      shape.length === 4 && (shape[1] === 1 || shape[1] === 3)
        ? 'its channels stand first: .transpose(0, 2, 3, 1)'
        : 'reshape it',
    );
  }
  if (labels.length !== count) {
    throw new UnfitData(
      `${what} has ${count} images, but there are ${labels.length} labels`,
      'give one label an image',
    );
  }
  return { count, height, width, channels, classes, pixels: data, labels };
}
