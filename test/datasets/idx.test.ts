import { describe, expect, it } from 'vitest';
import { DatasetFormatError } from '../../src/datasets/format-error.ts';
import { readIdx, readIdxImages } from '../../src/datasets/idx.ts';

/** Two images of 2 x 3. */
const images = idx([2, 2, 3], [0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);
const labels = idx([2], [7, 0]);

describe('readIdxImages', () => {
  it('reads images and labels', () => {
    const set = readIdxImages(named('images', images), named('labels', labels), 10);
    expect(set).toMatchObject({ count: 2, height: 2, width: 3, channels: 1, classes: 10 });
    expect([...set.pixels]).toEqual([0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);
    expect([...set.labels]).toEqual([7, 0]);
  });

  it('requires a label for each image', () => {
    expect(() =>
      readIdxImages(named('images', images), named('labels', idx([1], [7])), 10),
    ).toThrow('labels: at byte 4: expected 2 labels, one for each image of images, found 1');
  });

  it('requires labels that are classes', () => {
    expect(() => readIdxImages(named('images', images), named('labels', labels), 7)).toThrow(
      'labels: at byte 8: expected a label below 7, found 7',
    );
  });
});

describe('readIdx', () => {
  it('reads a view that starts inside a buffer', () => {
    const buffer = Uint8Array.of(9, 9, ...labels);
    expect([...readIdx(named('labels', buffer.subarray(2)), 1).data]).toEqual([7, 0]);
  });

  it.each([
    ['a cut header', images.subarray(0, 9), 'at byte 9: expected an IDX header of 16 bytes'],
    [
      'cut data',
      images.subarray(0, -1),
      'at byte 16: expected 12 bytes of data (2 x 2 x 3), found 11',
    ],
    [
      'trailing bytes',
      Uint8Array.of(...images, 0),
      'expected 12 bytes of data (2 x 2 x 3), found 13',
    ],
    ['another format', patched(0, 0x50), 'at byte 0: expected two zero bytes (IDX), found 0x5000'],
    ['floats', patched(2, 0x0d), 'at byte 2: expected type 0x08 (unsigned byte), found 0x0d'],
    ['another rank', patched(3, 1), 'at byte 3: expected 3 dimensions, found 1'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'found gzip: decompress the file first'],
  ])('names file, offset and expectation for %s', (_, bytes, message) => {
    expect(() => readIdx(named('t10k-images', bytes), 3)).toThrow(DatasetFormatError);
    expect(() => readIdx(named('t10k-images', bytes), 3)).toThrow(`t10k-images: `);
    expect(() => readIdx(named('t10k-images', bytes), 3)).toThrow(message);
  });
});

function idx(dims: readonly number[], data: readonly number[]): Uint8Array {
  return Uint8Array.of(
    0,
    0,
    8,
    dims.length,
    ...dims.flatMap((dim) => [0, 0, dim >> 8, dim & 255]),
    ...data,
  );
}

function patched(offset: number, byte: number): Uint8Array {
  const copy = images.slice();
  copy[offset] = byte;
  return copy;
}

function named(file: string, bytes: Uint8Array) {
  return { file, bytes };
}
