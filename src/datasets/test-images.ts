/**
 * Images to score models of other programs on: no training images, and perhaps no labels. On disk they are
 * `dataset.json`, an IDX file, and `test-labels.npy` if there are labels.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checkedJson } from '../base/checked-json.ts';
import { labelsIn } from './formats/sample-arrays.ts';
import { npyBytes } from './formats/write-npy.ts';
import { readIdxPixels, writeIdx } from './idx.ts';
import type { PixelSet } from './image-set.ts';
import { type ClassIndices, narrowed } from './model-samples.ts';

export interface TestImages extends PixelSet {
  /** Null without labels. */
  readonly labels: ClassIndices | null;
  /** The number of classes; null if it is unknown. */
  readonly classes: number | null;
}

export const TEST_IMAGES = 'test-images';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

const recordSchema = v.object({
  form: v.literal(TEST_IMAGES),
  title: v.string(),
  classes: v.nullable(positive),
  labels: v.nullable(v.string()),
});

const [IMAGES, LABELS] = ['test-images.idx', 'test-labels.npy'];

/** The same images give the same bytes. */
export function writeTestImages(folder: string, title: string, images: TestImages): void {
  const { count, height, width, channels, classes, labels } = images;
  const dims = [count, height, width, ...(channels === 1 ? [] : [channels])];
  writeIdx(join(folder, IMAGES), dims, images.pixels);
  if (labels) {
    writeFileSync(join(folder, LABELS), npyBytes('uint32', [count], Uint32Array.from(labels)));
  }
  const record = { form: TEST_IMAGES, title, classes, labels: labels && LABELS };
  writeFileSync(join(folder, 'dataset.json'), `${JSON.stringify(record)}\n`);
}

export interface NamedTestImages {
  readonly title: string;
  readonly images: TestImages;
}

/** @param pathOf returns the path of a file of the data set */
export function readTestImages(pathOf: (file: string) => string): NamedTestImages {
  const { title, classes, labels } = checkedJson(
    readFileSync(pathOf('dataset.json'), 'utf8'),
    recordSchema,
    'dataset.json',
    'test images are the output of a stage of the type "images"',
  );
  const pixels = readIdxPixels({ file: IMAGES, bytes: readFileSync(pathOf(IMAGES)) });
  const given = labels === null ? null : narrowed(labelsIn(labels, readFileSync(pathOf(labels))));
  return { title, images: { ...pixels, classes, labels: given } };
}
