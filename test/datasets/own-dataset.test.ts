import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDataset, writeOwnDataset } from '../../src/datasets/dataset-files.ts';
import type { ImageSet } from '../../src/datasets/image-set.ts';
import { type OwnDatasetOptions, ownDataset } from '../../src/datasets/own-dataset.ts';
import { pixelStatistics } from '../../src/datasets/pixel-statistics.ts';
import { UnfitData } from '../../src/datasets/unfit-data.ts';
import { randomStream } from '../../src/linalg/random.ts';

const root = mkdtempSync(join(tmpdir(), 'own-'));
afterAll(() => rmSync(root, { recursive: true }));

function images(labels: readonly number[], more: Partial<ImageSet> = {}): ImageSet {
  const shape = { height: 2, width: 3, channels: 3, ...more };
  const length = labels.length * shape.height * shape.width * shape.channels;
  const random = randomStream(labels.length, 'pixels');
  const pixels = Uint8Array.from({ length }, () => random.integer(256));
  const classes = Math.max(...labels) + 1;
  return {
    count: labels.length,
    classes,
    pixels,
    labels: Uint8Array.from(labels),
    ...shape,
    ...more,
  };
}

const plain: OwnDatasetOptions = {
  title: 'CIFAR-10 (JPEG)',
  size: null,
  test: null,
  classNames: null,
  random: randomStream(0, 'test'),
};

const train = images([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
const test = images([2, 1]);

function refusal(
  given: { train?: ImageSet; test?: ImageSet | undefined; classNames?: readonly string[] },
  options: Partial<OwnDatasetOptions> = {},
): string {
  try {
    ownDataset({ train, test, classNames: undefined, ...given }, { ...plain, ...options });
  } catch (problem) {
    expect(problem).toBeInstanceOf(UnfitData);
    return `${(problem as UnfitData).message} | ${(problem as UnfitData).advice}`;
  }
  throw new Error('it was taken');
}

describe('a data set from own images', () => {
  it('has measured facts, and is read as it was written', () => {
    const made = ownDataset({ train, test, classNames: ['a', 'b', 'c'] }, plain);
    expect(made.facts).toEqual({
      name: 'cifar-10-jpeg',
      title: 'CIFAR-10 (JPEG)',
      height: 2,
      width: 3,
      channels: 3,
      classes: 3,
      classNames: ['a', 'b', 'c'],
      trainCount: 10,
      testCount: 2,
      ...pixelStatistics(train),
    });
    writeOwnDataset(root, made);
    expect(readDataset((file) => join(root, file))).toEqual(made);
    // Another reader knows the layout: it is IDX, NHWC.
    const header = readFileSync(join(root, 'train-images.idx')).subarray(0, 20);
    expect([...header]).toEqual([0, 0, 8, 4, 0, 0, 0, 10, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3]);
  });

  it('names classes by number if they have no names', () => {
    const own = { train, test, classNames: undefined };
    expect(ownDataset(own, plain).facts.classNames).toEqual(['0', '1', '2']);
    const named = ownDataset(own, { ...plain, classNames: ['x', 'y', 'z'] });
    expect(named.facts.classNames).toEqual(['x', 'y', 'z']);
  });

  it('has a test split with the same share of each class, and no image twice', () => {
    const own = { train, test: undefined, classNames: undefined };
    const made = ownDataset(own, { ...plain, test: 0.3 });
    expect([made.train.count, made.test.count]).toEqual([7, 3]);
    expect([...made.test.labels].sort()).toEqual([0, 1, 2]);
    const rows = (set: ImageSet) =>
      Array.from({ length: set.count }, (_, i) => {
        const pixels = set.pixels.subarray(i * 18, (i + 1) * 18);
        return `${set.labels[i]}: ${pixels.join(' ')}`;
      });
    expect([...rows(made.train), ...rows(made.test)].sort()).toEqual(rows(train).sort());
    // Of the training images, not of the test images.
    expect(made.facts.mean).toEqual(pixelStatistics(made.train).mean);
  });

  it('is enlarged, and rounded to bytes', () => {
    const made = ownDataset({ train, test, classNames: undefined }, { ...plain, size: 4 });
    expect(made.train).toMatchObject({ height: 4, width: 4 });
    // The corners are those of the source.
    expect([...made.train.pixels.subarray(0, 3)]).toEqual([...train.pixels.subarray(0, 3)]);
    expect([...made.test.pixels.subarray(-3)]).toEqual([...test.pixels.subarray(-3)]);
  });

  it.each<[string, Parameters<typeof refusal>]>([
    [
      'the data has no test images | add them, or use a share of the training images, such as test: 0.2',
      [{ test: undefined }],
    ],
    [
      '"test" is given, but the data already has test images | remove "test", or the test images',
      [{}, { test: 0.2 }],
    ],
    [
      'a share of 0.01 of 10 images leaves one of the splits empty | add images, or change "test"',
      [{ test: undefined }, { test: 0.01 }],
    ],
    [
      'class 1 ("1") has no training images | number the classes from 0 without gaps, and give each class training images',
      [{ train: images([0, 2, 2]) }],
    ],
    [
      'all training images are of one class | give images of at least two classes; to score an ONNX model without labels, set labels: false',
      [{ train: images([0, 0]) }],
    ],
    [
      'test image 1 is of class 3, which has no training images | add training images of that class, or remove it from the test images',
      [{ test: images([0, 3]) }],
    ],
    [
      'training images are 2 x 3 x 3, test images 3 x 3 x 3 (rows x columns x channels) | give them the same shape',
      [{ test: images([0], { height: 3 }) }],
    ],
    [
      'there are 2 names, but the labels have 3 classes | name each class once, in the order of the labels',
      [{}, { classNames: ['a', 'b'] }],
    ],
    [
      'the folders name the classes already | remove "classNames"',
      [{ classNames: ['a', 'b', 'c'] }, { classNames: ['x', 'y', 'z'] }],
    ],
    [
      'the images are 3 x 2 pixels, more than the size 2 | images are only enlarged: raise "size", or set "resize" and "crop" instead',
      [{}, { size: 2 }],
    ],
    [
      'a channel has the same value in all training images | nothing can be learned from it: check the images',
      [{ train: { ...train, pixels: new Uint8Array(180).fill(7) } }],
    ],
    [
      'there are no training images | check whether it is the right file',
      [{ train: { ...train, count: 0 } }],
    ],
  ])('is refused: %s', (message, given) => {
    expect(refusal(...given)).toBe(message);
  });
});

describe('pixel statistics', () => {
  it('agree with the definition, channel by channel', () => {
    const { mean, std } = pixelStatistics(train);
    for (const c of [0, 1, 2]) {
      const values = [...train.pixels].filter((_, i) => i % 3 === c).map((value) => value / 255);
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
      expect(mean[c]).toBeCloseTo(average, 14);
      expect(std[c]).toBeCloseTo(Math.sqrt(squares / values.length), 14);
    }
  });
});
