import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/datasets/decode/image.ts';
import type { OwnImages } from '../../../src/datasets/formats/own-images.ts';
import { readOwnImages } from '../../../src/datasets/formats/read-own-images.ts';
import { idxHeader } from '../../../src/datasets/idx.ts';
import { ownDataset } from '../../../src/datasets/own-dataset.ts';
import { UnfitData } from '../../../src/datasets/unfit-data.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { inMemory, npy, picture, png, twoClasses } from '../picture.ts';

const random = randomStream(0, 'test');

type Files = Readonly<Record<string, Uint8Array>>;

const watch = { signal: new AbortController().signal, onProgress: () => undefined };
const options = (size: number | null) => ({ sizing: { size, fit: null }, labelled: true });
const read = async (files: Files, size: number | null = null) =>
  (await readOwnImages(inMemory(files), options(size), watch)) as OwnImages;

async function refusal(files: Files, size: number | null = null): Promise<string> {
  const problem = await read(files, size).catch((thrown: unknown) => thrown);
  expect(problem).toBeInstanceOf(UnfitData);
  return `${(problem as UnfitData).message} | ${(problem as UnfitData).advice}`;
}

const idx = (dims: readonly number[], elements: ArrayLike<number>) =>
  Uint8Array.from([...idxHeader(dims), ...Array.from(elements)]);

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

const pixels = Uint8Array.from({ length: 4 * 12 }, (_, i) => i * 5);
const int64 = (labels: readonly number[]) =>
  new Uint8Array(BigInt64Array.from(labels, BigInt).buffer);
const keras: Readonly<Record<string, Uint8Array>> = {
  'x_train.npy': npy('|u1', [4, 3, 4], pixels),
  'y_train.npy': npy('<i8', [4], int64([1, 0, 2, 1])),
  'x_test.npy': npy('|u1', [2, 3, 4], pixels.subarray(0, 24)),
  'y_test.npy': npy('<i8', [2], int64([2, 0])),
};

describe('an .npz', () => {
  const npz = (more: Readonly<Record<string, Uint8Array>> = {}): Files => ({
    'data.npz': zipSync({ ...keras, ...more }),
  });

  it('is read by the names of Keras', async () => {
    const { train, test, classNames } = await read(npz());
    expect(classNames).toBeUndefined();
    expect(train).toMatchObject({ count: 4, height: 3, width: 4, channels: 1, classes: 3 });
    expect([...train.labels]).toEqual([1, 0, 2, 1]);
    expect([...train.pixels]).toEqual([...pixels]);
    expect(test).toMatchObject({ count: 2, classes: 3 });
  });

  it('is read by longer names, in colour, with labels in a column', async () => {
    const arrays = {
      'train_images.npy': npy('|u1', [4, 2, 2, 3], pixels),
      'train_labels.npy': npy('|u1', [4, 1], Uint8Array.of(0, 1, 1, 0)),
      'val_images.npy': npy('|u1', [1], Uint8Array.of(9)),
    };
    const { train, test } = await read({ 'data.npz': zipSync(arrays) });
    expect(train).toMatchObject({ count: 4, height: 2, width: 2, channels: 3, classes: 2 });
    expect(test).toBeUndefined();
  });

  it.each<[string, Record<string, Uint8Array>, string]>([
    [
      'floats',
      { 'x_train.npy': npy('<f4', [1, 3, 4], new Uint8Array(48)) },
      'data.npz: x_train has elements of f4, not integers | convert it with .astype(np.uint8)',
    ],
    [
      'wide pixels',
      { 'x_train.npy': npy('<u2', [4, 3, 2], pixels) },
      'data.npz: x_train holds uint16, not uint8 | images must be bytes from 0 to 255: ',
    ],
    [
      'Fortran order',
      { 'x_train.npy': npy('|u1', [4, 3, 4], pixels, true) },
      'data.npz: x_train is in Fortran order | convert it with np.ascontiguousarray',
    ],
    [
      'channels first',
      { 'x_train.npy': npy('|u1', [4, 3, 2, 2], pixels) },
      'data.npz: x_train is 4 x 3 x 2 x 2, not image x row x column, optionally with 1 or 3 channels last | its channels come first: use .transpose(0, 2, 3, 1)',
    ],
    [
      'one-hot labels',
      { 'y_train.npy': npy('|u1', [4, 3], new Uint8Array(12)) },
      'data.npz: y_train is 4 x 3, not one class index per image | convert one-hot rows to indices with .argmax(axis=1)',
    ],
    [
      'a negative label',
      { 'y_train.npy': npy('<i8', [4], int64([0, -1, 1, 0])) },
      'data.npz: y_train: label 1 is -1, not a class from 0 to 255 | number the classes from 0',
    ],
    [
      'too few labels',
      { 'y_train.npy': npy('|u1', [3], Uint8Array.of(0, 1, 2)) },
      'data.npz: x_train has 4 images, but there are 3 labels | give one label per image',
    ],
    [
      'a cut array',
      { 'x_train.npy': npy('|u1', [4, 3, 5], pixels) },
      'data.npz: x_train has 48 bytes of elements, not 60 (4 x 3 x 5) | it may be cut short: copy it again',
    ],
    [
      'another type',
      { 'x_train.npy': Uint8Array.of(1, 2, 3) },
      'data.npz: x_train is not a NumPy array | save it with np.savez',
    ],
  ])('is refused for %s', async (_, more, start) => {
    expect((await refusal(npz(more))).slice(0, start.length)).toBe(start);
  });

  it('is refused for arrays of other names, and if it is not an archive', async () => {
    const arrays = { 'X.npy': keras['x_train.npy']!, 'y.npy': keras['y_train.npy']! };
    expect(await refusal({ 'data.npz': zipSync(arrays) })).toBe(
      'data.npz has no array y_train, but X, y | name its arrays x_train, y_train, x_test and y_test',
    );
    const whole = zipSync(keras);
    for (const cut of [whole.subarray(0, 40), whole.subarray(0, whole.length - 30)]) {
      expect(await refusal({ 'data.npz': cut })).toMatch(
        /^data\.npz is not a complete \.npz file: /,
      );
    }
  });
});

describe('a damaged .npz', () => {
  it.each([0, 6] as const)('is refused by its checksums (compression level %i)', async (level) => {
    const whole = zipSync(keras, { level });
    // The directory at the end repeats the checksums; the data are before it.
    const directory = Buffer.from(whole).indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    const refused = { file: 0, array: 0 };
    for (let at = 0; at < directory; at += 3) {
      const damaged = whole.slice();
      damaged[at]! ^= 0x21;
      const result = await read({ 'data.npz': damaged }).catch((problem: unknown) => problem);
      if (result instanceof UnfitData) refused.file++;
      // These fields of a local header are not read, because the directory repeats them.
      else expect(result).toEqual(await read({ 'data.npz': whole }));
    }
    expect(refused.file).toBeGreaterThan(directory / 8);
  });

  it('is refused if a name occurs twice', async () => {
    const renamed = zipSync({ ...keras, 'y_tesu.npy': keras['y_test.npy']! });
    const twice = Buffer.from(renamed);
    for (let at = twice.indexOf('y_tesu'); at >= 0; at = twice.indexOf('y_tesu')) {
      twice.write('y_test', at);
    }
    expect(await refusal({ 'data.npz': new Uint8Array(twice) })).toBe(
      'data.npz has two arrays named y_test | save it again with np.savez_compressed',
    );
  });

  it('is refused if it would unpack to too many bytes for the memory', async () => {
    const bomb = Buffer.from(zipSync(keras));
    const at = bomb.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    bomb.writeUInt32LE(0xfffffffe, at + 24);
    expect(await refusal({ 'data.npz': new Uint8Array(bomb) })).toMatch(
      /^data\.npz unpacks to \d+ bytes, more than the limit of 4294967296 \| /,
    );
  });
});

describe('images without pixels', () => {
  it('are refused in every format', async () => {
    const labels = npy('|u1', [2], Uint8Array.of(0, 1));
    const empty = npy('|u1', [2, 0, 4], new Uint8Array(0));
    const data = zipSync({ 'x_train.npy': empty, 'y_train.npy': labels });
    const images = await read({ 'data.npz': data });
    const given = { title: 'none', size: null, test: 0.5, classNames: null, random };
    expect(() => ownDataset(images, given)).toThrow('the images are 4 x 0 pixels: they are empty');
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
