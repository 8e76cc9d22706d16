/**
 * Reads the images of a data set from its files: a downloaded data set in the format of the catalog, the user's own in
 * IDX files. Checks the formats. The digests were checked when the files were written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { ExpectedError } from '../base/expected-error.ts';
import { parseJson } from '../base/json-text.ts';
import { catalog, type DatasetName, datasetNames, type IdxFiles } from './catalog.ts';
import { readCifar10Binary } from './cifar10-binary.ts';
import type { NamedBytes } from './format-error.ts';
import { readIdxImages, writeIdx } from './idx.ts';
import type { ImageFacts } from './image-facts.ts';
import type { ImageSet } from './image-set.ts';
import type { OwnDataset } from './own-dataset.ts';
import { TEST_IMAGES } from './test-images.ts';

export interface Dataset {
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly facts: ImageFacts;
}

/** The description of the files in `dataset.json`: the name of a known data set, or all facts of another one. */
export type DatasetRecord = { readonly dataset: DatasetName } | ImageFacts;

/**
 * @param pathOf returns the path of a file of the data set
 * @param given the description in `dataset.json`, or a name in the catalog
 * @throws DatasetFormatError if a file breaks its format; Node's error if a file is missing
 */
export function readDataset(
  pathOf: (file: string) => string,
  given: DatasetName | DatasetRecord = recordIn(pathOf('dataset.json')),
): Dataset {
  const read = (file: string): NamedBytes => ({ file, bytes: plainBytes(pathOf(file)) });
  if (typeof given !== 'string' && !('dataset' in given)) return readOwn(read, given);
  const facts = catalog[typeof given === 'string' ? given : given.dataset];
  const { format, classes } = facts;
  switch (format.kind) {
    case 'idx': {
      const images = (files: IdxFiles): ImageSet =>
        readIdxImages(read(files.images), read(files.labels), classes);
      return { train: images(format.train), test: images(format.test), facts };
    }
    case 'cifar10-binary': {
      const images = (files: readonly string[]): ImageSet => readCifar10Binary(files.map(read));
      return { train: images(format.train), test: images(format.test), facts };
    }
  }
}

/** The facts of a data set, without its images. */
export function datasetFacts(pathOf: (file: string) => string): ImageFacts {
  const record = recordIn(pathOf('dataset.json'));
  return 'dataset' in record ? catalog[record.dataset] : record;
}

/** The files of a user's own data set. The same images give the same bytes. */
export function writeOwnDataset(folder: string, { facts, train, test }: OwnDataset): void {
  for (const [split, images] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const { count, height, width, channels, pixels, labels } = images;
    const dims = [count, height, width, ...(channels === 1 ? [] : [channels])];
    writeIdx(join(folder, imagesFile(split)), dims, pixels);
    writeIdx(join(folder, labelsFile(split)), [count], labels);
  }
  writeFileSync(join(folder, 'dataset.json'), `${JSON.stringify(facts)}\n`);
}

function readOwn(read: (file: string) => NamedBytes, facts: ImageFacts): Dataset {
  const images = (split: 'train' | 'test'): ImageSet =>
    readIdxImages(read(imagesFile(split)), read(labelsFile(split)), facts.classes);
  return { train: images('train'), test: images('test'), facts };
}

const imagesFile = (split: 'train' | 'test'): string => `${split}-images.idx`;
const labelsFile = (split: 'train' | 'test'): string => `${split}-labels.idx`;

const number = v.pipe(v.number(), v.integer(), v.minValue(1));
const known = v.looseObject({ dataset: v.picklist(datasetNames) });
const withoutTraining = v.looseObject({ form: v.literal(TEST_IMAGES), title: v.string() });
const ownFacts = v.looseObject({
  name: v.string(),
  title: v.string(),
  height: number,
  width: number,
  channels: number,
  classes: number,
  classNames: v.array(v.string()),
  trainCount: number,
  testCount: number,
  mean: v.array(v.number()),
  std: v.array(v.number()),
});

function recordIn(path: string): DatasetRecord {
  const record = parseJson(readFileSync(path, 'utf8'));
  if (v.is(known, record) || v.is(ownFacts, record)) return record;
  if (v.is(withoutTraining, record)) {
    throw new ExpectedError(
      `"${record.title}" has no training images, so only ONNX models can use it`,
      'put labelled images into train/<class>/ and test/<class>/',
    );
  }
  throw new ExpectedError(
    'dataset.json does not describe a data set',
    'a data set is the output of a stage of the type "download" or "images"',
  );
}

/** Not Node's Buffer: its `slice` shares memory, while that of a Uint8Array copies. */
function plainBytes(path: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
