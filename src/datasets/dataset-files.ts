/**
 * The images of a data set, from its files on the disk. Checks the formats, not the digests: those are
 * the business of whoever fetched the files.
 */

import { readFileSync } from 'node:fs';
import { catalog, type DatasetFacts, type DatasetName } from './catalog.ts';
import { readCifar10Binary } from './cifar10-binary.ts';
import type { NamedBytes } from './format-error.ts';
import { readIdxImages } from './idx.ts';
import type { ImageSet } from './image-set.ts';

export interface Dataset {
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly facts: DatasetFacts;
}

/**
 * @param pathOf where the file of a name in `catalog[name].files` lies
 * @throws DatasetFormatError where a file is not what its format says; Node's error where one is missing
 */
export function readDataset(pathOf: (file: string) => string, name: DatasetName): Dataset {
  const facts = catalog[name];
  const read = (file: string): NamedBytes => ({ file, bytes: plainBytes(pathOf(file)) });
  switch (name) {
    case 'mnist': {
      const images = (split: string): ImageSet =>
        readIdxImages(
          read(`${split}-images-idx3-ubyte`),
          read(`${split}-labels-idx1-ubyte`),
          facts.classes,
        );
      return { train: images('train'), test: images('t10k'), facts };
    }
    case 'cifar10': {
      const isTest = (file: string): boolean => file.startsWith('test');
      const files = facts.files.map((file) => file.name);
      return {
        train: readCifar10Binary(files.filter((file) => !isTest(file)).map(read)),
        test: readCifar10Binary(files.filter(isTest).map(read)),
        facts,
      };
    }
  }
}

/** Not Node's Buffer, whose `slice` shares memory where a Uint8Array's copies. */
function plainBytes(path: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
