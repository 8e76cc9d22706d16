/**
 * The user's own IDX files, named like the files of MNIST: `train-images...`, `train-labels...`, and the same with
 * `t10k` or `test`. Each can be compressed with gzip.
 * Three dimensions are grey images. A fourth dimension is one or three channels, and varies fastest. Without training
 * images, those of the test may have no labels.
 */
import { gunzipSync } from 'node:zlib';
import { DatasetFormatError, type NamedBytes } from '../format-error.ts';
import { readIdx, readIdxImages, readIdxPixels } from '../idx.ts';
import type { ImageSet } from '../image-set.ts';
import type { TestImages } from '../test-images.ts';
import { UnfitData } from '../unfit-data.ts';
import type { OwnImages } from './own-images.ts';

interface Pair {
  readonly images: string;
  readonly labels: string;
}

export type IdxPairs =
  | { readonly train: Pair; readonly test: Pair | undefined }
  | { readonly train?: never; readonly images: string; readonly labels: string | undefined };

const ROLE = /(?:^|[-_.])(train|t10k|test)[-_.](images|labels)(?=[-_.]|$)[^/]*$/;

/** Undefined if no name is that of an IDX file. */
export function idxPairs(names: readonly string[]): IdxPairs | undefined {
  const found = new Map<string, string>();
  for (const name of [...names].sort()) {
    const [, split, what] = ROLE.exec(name) ?? [];
    if (split === undefined) continue;
    const role = `${split === 'train' ? 'train' : 'test'}-${what}`;
    const other = found.get(role);
    if (other !== undefined) {
      throw new UnfitData(`${other} and ${name} are both the ${role}`, 'remove one of them');
    }
    found.set(role, name);
  }
  if (found.size === 0) return undefined;
  const scored = found.get('test-images');
  if (scored !== undefined && !found.has('train-images') && !found.has('train-labels')) {
    return { images: scored, labels: found.get('test-labels') };
  }
  const pair = (split: string): Pair | undefined => {
    const images = found.get(`${split}-images`);
    const labels = found.get(`${split}-labels`);
    if (images !== undefined && labels !== undefined) return { images, labels };
    if (images === undefined && labels === undefined && split === 'test') return undefined;
    const missing = images === undefined ? 'images' : 'labels';
    throw new UnfitData(
      `there are no ${split}-${missing} for ${images ?? labels ?? [...found.values()][0]}`,
      `IDX files come in pairs: add ${split}-${missing}-idx${missing === 'images' ? 3 : 1}-ubyte`,
    );
  };
  return { train: pair('train')!, test: pair('test') };
}

/** @throws UnfitData if a file breaks the format */
export function readIdxPairs(
  pairs: IdxPairs,
  read: (name: string) => Uint8Array,
): OwnImages | TestImages {
  const bytesOf = (file: string): NamedBytes => ({ file, bytes: plain(file, read(file)) });
  try {
    if (!pairs.train) return testImages(bytesOf(pairs.images), pairs.labels, bytesOf);
    const { train, test } = pairs;
    const labels = bytesOf(train.labels);
    const classes = classCount(readIdx(labels, 1).data);
    const images = (pair: Pair): ImageSet =>
      readIdxImages(bytesOf(pair.images), bytesOf(pair.labels), classes);
    return {
      train: readIdxImages(bytesOf(train.images), labels, classes),
      test: test && images(test),
      classNames: undefined,
    };
  } catch (problem) {
    if (!(problem instanceof DatasetFormatError)) throw problem;
    throw new UnfitData(problem.message, 'docs/data.md describes the IDX files');
  }
}

function testImages(
  images: NamedBytes,
  labels: string | undefined,
  bytesOf: (file: string) => NamedBytes,
): TestImages {
  if (labels !== undefined)
    return { ...readIdxImages(images, bytesOf(labels), 256), classes: null };
  return { ...readIdxPixels(images), labels: null, classes: null };
}

function classCount(labels: Uint8Array): number {
  return labels.reduce((most, label) => Math.max(most, label + 1), 0);
}

function plain(file: string, bytes: Uint8Array): Uint8Array {
  if (!file.endsWith('.gz')) return bytes;
  try {
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (problem) {
    throw new UnfitData(
      `${file} is not a complete gzip file: ${(problem as Error).message}`,
      'copy it again',
    );
  }
}
