/** Own images in an .npz: by which names they are read, and what is refused. */
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { ownDataset } from '../../../src/datasets/own-dataset.ts';
import { UnfitData } from '../../../src/datasets/unfit-data.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { npy } from '../picture.ts';
import { type Files, pixels, read, refusal } from './read-files.ts';

const random = randomStream(0, 'test');
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
