/** Images without training images, with and without labels, in every format. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { readOwnImages } from '../../../src/datasets/formats/read-own-images.ts';
import { idxHeader } from '../../../src/datasets/idx.ts';
import { ownTestImages } from '../../../src/datasets/own-dataset.ts';
import {
  readTestImages,
  type TestImages,
  writeTestImages,
} from '../../../src/datasets/test-images.ts';
import { UnfitData } from '../../../src/datasets/unfit-data.ts';
import { inMemory, jpegFile, npy, picture, png, twoClasses } from '../picture.ts';

const folder = mkdtempSync(join(tmpdir(), 'test-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Files = Readonly<Record<string, Uint8Array>>;

const watch = { signal: new AbortController().signal, onProgress: () => undefined };
async function read(files: Files, labelled = true): Promise<TestImages> {
  const options = { sizing: { size: null, fit: null }, labelled };
  const images = await readOwnImages(inMemory(files), options, watch);
  expect(images).not.toHaveProperty('train');
  return images as TestImages;
}

async function refusal(files: Files): Promise<string> {
  const problem = await read(files).catch((thrown: unknown) => thrown);
  expect(problem).toBeInstanceOf(UnfitData);
  return `${(problem as UnfitData).message} | ${(problem as UnfitData).advice}`;
}

const classes: Files = { 'b/1.png': png(1), 'a/2.png': png(2), 'a/0.png': png(0) };
const moved = (prefix: string, files = classes): Files =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${prefix}${name}`, bytes]));
const firstPixels = ({ pixels }: TestImages): number[] =>
  [0, 90, 180].map((at) => pixels[at]!).filter((value) => value !== undefined);
const tone = (seed: number): number => picture(seed).data[0]!;

describe('a folder without training images', () => {
  it('has the folders of the images as classes, with and without an enclosing folder', async () => {
    const images = await read(classes);
    expect(images).toMatchObject({ count: 3, height: 5, width: 6, channels: 3, classes: 2 });
    expect([...images.labels!]).toEqual([0, 1, 0]);
    expect(firstPixels(images)).toEqual([tone(0), tone(1), tone(2)]);
    for (const prefix of ['test/', 'pets/', 'pets/test/']) {
      expect(await read(moved(prefix))).toEqual(images);
    }
    const more = { 'README.md': png(9), '.cache/x.png': png(9), 'a/._0.png': png(9) };
    expect(await read({ ...classes, ...more })).toEqual(images);
    expect(await read({ ...moved('test/'), 'more/c.png': png(9) })).toEqual(images);
  });

  it('has more classes than a network of this program', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`${1000 + i}/0.png`, png(i)]),
    );
    const { labels, classes: count } = await read(files);
    expect(count).toBe(300);
    expect([...labels!]).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('has no labels if the images are in one folder, or if that is asked for', async () => {
    const flat = await read({ 'photos/b.png': png(1), 'photos/a.PNG': png(0) });
    expect(flat).toMatchObject({ count: 2, labels: null, classes: null });
    expect(firstPixels(flat)).toEqual([tone(0), tone(1)]);
    const deep = { ...classes, 'c/d/3.png': png(3), '4.png': png(4) };
    expect(await read(deep, false)).toMatchObject({ count: 5, labels: null, classes: null });
    // Of a data set, the test images.
    expect(await read(twoClasses(3), false)).toMatchObject({ count: 2, labels: null });
  });

  it.each<[string, Files, string]>([
    [
      'an image next to the classes',
      { ...classes, 'c.png': png(1) },
      'c.png is next to the folders of classes | put each image into the folder of its class, or set labels: false',
    ],
    [
      'a folder inside a class',
      { ...classes, 'a/old/c.png': png(1) },
      'a/old/c.png is in a folder inside the folders of classes | ',
    ],
    [
      'one class',
      moved('test/', { 'cat/1.png': png(1) }),
      'the images are in 1 folders, but a model has 2 to 65536 classes | ',
    ],
    [
      'another format',
      { 'a.png': png(1), 'b.webp': png(1) },
      'b.webp is neither PNG nor JPEG | convert it to PNG, or remove it',
    ],
    [
      'images of different sizes',
      { 'a.png': png(1), 'b.jpg': jpegFile(1) },
      'b.jpg is 16 x 16 pixels, but a.png is 6 x 5 | bring all images to one size, or set "resize" and "crop"',
    ],
    ['a cut file', { 'a.png': png(1).subarray(0, 60) }, 'a.png is damaged or cut short: '],
  ])('is refused for %s', async (_, files, start) => {
    expect((await refusal(files)).slice(0, start.length)).toBe(start);
  });
});

const pixels = Uint8Array.from({ length: 24 }, (_, i) => i * 5);
const wide = new Uint8Array(Uint16Array.of(700, 2).buffer);
const expected = { count: 2, height: 3, width: 4, channels: 1, classes: null };

it('reads the test images of an .npz, with labels of any number of classes', async () => {
  const images = { 'x_test.npy': npy('|u1', [2, 3, 4], pixels) };
  const npz = (arrays: Files): Files => ({ 'data.npz': zipSync(arrays) });
  expect(await read(npz(images))).toEqual({ ...expected, pixels, labels: null });
  const labelled = { ...images, 'y_test.npy': npy('<u2', [2, 1], wide) };
  expect((await read(npz(labelled))).labels).toEqual(Uint16Array.of(700, 2));
  const short = { ...images, 'y_test.npy': npy('|u1', [1], Uint8Array.of(1)) };
  expect(await refusal(npz(short))).toMatch(/x_test has 2 images, but there are 1 labels/);
});

it('reads the test images of IDX files', async () => {
  const file = (dims: readonly number[], bytes: Uint8Array) =>
    Uint8Array.from([...idxHeader(dims), ...bytes]);
  const images = { 't10k-images-idx3-ubyte': file([2, 3, 4], pixels) };
  expect(await read(images)).toEqual({ ...expected, pixels, labels: null });
  const labelled = { ...images, 't10k-labels-idx1-ubyte': file([2], Uint8Array.of(9, 0)) };
  expect([...(await read(labelled)).labels!]).toEqual([9, 0]);
  const alone = { 't10k-labels-idx1-ubyte': file([2], Uint8Array.of(9, 0)) };
  expect(await refusal(alone)).toMatch(/^there are no train-/);
});

describe('test images on disk', () => {
  it.each([
    ['without labels', { labels: null, classes: null }],
    ['with labels', { labels: Uint16Array.of(700, 2), classes: 1000 }],
  ])('are the same %s', (_, more) => {
    const images = { count: 2, height: 2, width: 2, channels: 3, pixels, ...more };
    writeTestImages(folder, 'Pets', images);
    const back = readTestImages((file) => join(folder, file));
    expect(back).toEqual({ title: 'Pets', images: { ...images, pixels: expect.anything() } });
    expect([...back.images.pixels]).toEqual([...pixels]);
  });

  it('take no parameters that are for training images', () => {
    const images = { ...expected, pixels, labels: null };
    const given = { size: null, test: null, classNames: null };
    expect(ownTestImages(images, given)).toEqual(images);
    expect(ownTestImages(images, { ...given, size: 8 })).toMatchObject({ height: 8, width: 8 });
    for (const more of [{ test: 0.5 }, { classNames: ['a', 'b'] }]) {
      expect(() => ownTestImages(images, { ...given, ...more })).toThrow(
        `there are no training images, which "${Object.keys(more)[0]}" is for`,
      );
    }
    expect(() => ownTestImages({ ...images, count: 0 }, given)).toThrow('there are no images');
  });
});
