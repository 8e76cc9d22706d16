/** Own images in folders and in IDX files: how they are read, and what is refused. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/datasets/decode/image.ts';
import { readOwnImages } from '../../../src/datasets/formats/read-own-images.ts';
import { inMemory, picture, png, twoClasses } from '../picture.ts';
import { type Files, idx, options, pixels, read, refusal } from './read-files.ts';

describe('a folder of images', () => {
  it('gives each image with its class, in an order that mixes the classes', async () => {
    const { train, test, classNames } = await read(twoClasses(3));
    expect(classNames).toEqual(['cat', 'dog']);
    expect(train).toMatchObject({ count: 6, height: 5, width: 6, channels: 3, classes: 2 });
    expect([...train.labels]).toEqual([0, 1, 0, 1, 0, 1]);
    expect([...train.pixels.subarray(0, 90)]).toEqual([...picture(0).data]);
    expect([...train.pixels.subarray(90, 180)]).toEqual([...picture(10).data]);
    expect([...train.pixels.subarray(450)]).toEqual([...picture(12).data]);
    expect([...test!.labels]).toEqual([0, 1]);
    expect([...test!.pixels.subarray(90)]).toEqual([...picture(101).data]);
  });

  it('starts with each class by its share, for any sizes of the classes', async () => {
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 30; i += 1) files[`train/big/${i}.png`] = png(i);
    for (let i = 0; i < 10; i += 1) files[`train/small/${i}.png`] = png(i);
    const { train, test } = await read(files);
    expect(test).toBeUndefined();
    for (let n = 1; n <= 40; n += 1) {
      const small = train.labels.subarray(0, n).reduce((sum, label) => sum + label, 0);
      expect(Math.abs(small - n / 4)).toBeLessThanOrEqual(1);
    }
  });

  it('does not depend on the order in which the files are listed, nor on an enclosing folder', async () => {
    const files = twoClasses(3);
    const plain = await read(files);
    const turned = Object.fromEntries(Object.entries(files).reverse());
    expect(await read(turned)).toEqual(plain);
    const deeper = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [`pets/v2/${name}`, bytes]),
    );
    expect(await read(deeper)).toEqual(plain);
  });

  it('skips files of file managers, and folders other than train and test', async () => {
    const files = twoClasses(2);
    const more = { 'train/.DS_Store': png(1), 'train/cat/._0.png': png(1), 'README.md': png(1) };
    expect(await read({ ...files, ...more })).toEqual(await read(files));
  });

  it('enlarges to the requested size', async () => {
    const files = { ...twoClasses(2), 'train/cat/0.png': png(0, { width: 8, height: 8 }) };
    const { train } = await read(files, 8);
    expect(train).toMatchObject({ height: 8, width: 8 });
    expect([...train.pixels.subarray(0, 192)]).toEqual([
      ...picture(0, { width: 8, height: 8 }).data,
    ]);
    // With half-pixel centres, a corner keeps its value.
    expect(train.pixels[192]).toBe(picture(10).data[0]);
  });

  it.each<[string, Files, string]>([
    [
      'other sizes',
      { 'train/dog/1.png': png(1, { width: 7 }) },
      'train/dog/1.png is 7 x 5 pixels, but train/cat/0.png is 6 x 5 | bring all images to one size, or set "resize" and "crop"',
    ],
    [
      'grey among colour',
      { 'test/dog/0.png': png(1, { channels: 1 }) },
      'test/dog/0.png is grey, but train/cat/0.png is in colour | save all images as grey, or all in colour',
    ],
    [
      'a file that is not an image',
      { 'train/dog/notes.txt': Buffer.from('woof') },
      'train/dog/notes.txt is neither PNG nor JPEG | convert it to PNG, or remove it from the class folder',
    ],
    [
      'a cut file',
      { 'train/dog/1.png': png(1).subarray(0, 60) },
      'train/dog/1.png is damaged or cut short: ',
    ],
    [
      'an empty class',
      { 'train/emu/.gitkeep': new Uint8Array(0) },
      'train/emu has no images | add images, or remove the folder',
    ],
    [
      'a class only in test',
      { 'test/emu/0.png': png(1) },
      'test/emu is a class without images in train/ | add images of it to train/, or remove it from test/',
    ],
    [
      'a file next to the classes',
      { 'train/0.png': png(1) },
      'train/0.png is next to the class folders | move it into train/<class>/, or remove it',
    ],
    [
      'a folder too deep',
      { 'train/cat/old/0.png': png(1) },
      'train/cat/old/0.png is in a folder inside its class folder | put the images directly into train/cat/',
    ],
  ])('is refused for %s', async (_, more, start) => {
    expect((await refusal({ ...twoClasses(2), ...more })).slice(0, start.length)).toBe(start);
  });

  it('is refused for images larger than the size', async () => {
    expect(await refusal(twoClasses(2), 4)).toBe(
      'train/cat/0.png is 6 x 5 pixels, more than the size 4 | images are only enlarged: raise "size", or set "resize" and "crop" instead',
    );
  });

  it('reports its progress, and stops on request', async () => {
    const files = twoClasses(150);
    const progress: number[] = [];
    const abort = new AbortController();
    const reading = readOwnImages(inMemory(files), options(null), {
      signal: abort.signal,
      onProgress: (done, count) => {
        expect(count).toBe(302);
        progress.push(done);
        abort.abort();
      },
    });
    await expect(reading).rejects.toThrow(/abort/i);
    expect(progress).toEqual([256]);
  });
});

describe('IDX files', () => {
  const files: Files = {
    'my-train-images-idx3-ubyte': idx([4, 3, 4], pixels),
    'my-train-labels-idx1-ubyte': idx([4], [0, 1, 1, 0]),
    't10k-images.idx': idx([2, 3, 4], pixels.subarray(0, 24)),
    't10k-labels.idx': idx([2], [1, 1]),
  };

  it('are read, compressed or not, and with colour', async () => {
    const { train, test } = await read(files);
    expect(train).toMatchObject({ count: 4, height: 3, width: 4, channels: 1, classes: 2 });
    expect([...test!.labels]).toEqual([1, 1]);
    const { 'my-train-images-idx3-ubyte': images, ...others } = files;
    const packed = { ...others, 'train-images-idx3-ubyte.gz': gzipSync(images!) };
    expect(await read(packed)).toEqual({ train, test, classNames: undefined });
    const coloured = await read({
      'train-images-idx4-ubyte': idx([4, 2, 2, 3], pixels),
      'train-labels-idx1-ubyte': idx([4], [0, 1, 1, 0]),
    });
    expect(coloured.train).toMatchObject({ height: 2, width: 2, channels: 3 });
    expect(coloured.test).toBeUndefined();
  });

  it('are refused if one is missing, duplicate, or not as its header says', async () => {
    const { 'my-train-labels-idx1-ubyte': _, ...without } = files;
    expect(await refusal(without)).toBe(
      'there are no train-labels for my-train-images-idx3-ubyte | IDX files come in pairs: add train-labels-idx1-ubyte',
    );
    expect(await refusal({ ...files, 'test-images.idx': idx([1], [1]) })).toBe(
      't10k-images.idx and test-images.idx are both the test-images | remove one of them',
    );
    expect(await refusal({ ...files, 't10k-labels.idx': idx([2], [1, 2]) })).toMatch(
      /^t10k-labels\.idx: at byte 9: expected a label below 2, found 2 \| /,
    );
    const { 't10k-labels.idx': __, ...rest } = files;
    const torn = { ...rest, 't10k-labels.idx.gz': Uint8Array.of(31, 139, 0) };
    expect(await refusal(torn)).toMatch(/^t10k-labels\.idx\.gz is not a complete gzip file: /);
  });
});

it('lists the formats if the data has none of them', async () => {
  expect(await refusal({ 'a.csv': Buffer.from('1'), 'b/c.bmp': Buffer.from('2') })).toBe(
    'these files are not images in a known format: a.csv, b/c.bmp | give a folder of PNG or JPEG files, an .npz, or IDX files: docs/data.md',
  );
});

it('reads the same image from every format', () => {
  // A Buffer is a view into a pool: its neighbours must not be read.
  const bytes = png(4);
  const pool = Buffer.concat([Buffer.alloc(7, 1), bytes, Buffer.alloc(9, 2)]);
  const view = pool.subarray(7, 7 + bytes.length);
  expect(decodeImage('a', view)).toEqual(decodeImage('a', bytes));
});
