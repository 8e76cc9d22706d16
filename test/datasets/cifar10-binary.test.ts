import { describe, expect, it } from 'vitest';
import { readCifar10Binary } from '../../src/datasets/cifar10-binary.ts';

const RECORD = 3073;

describe('readCifar10Binary', () => {
  it('interleaves the planes', () => {
    const set = readCifar10Binary([{ file: 'a', bytes: record(3) }]);
    expect(set).toMatchObject({ count: 1, height: 32, width: 32, channels: 3, classes: 10 });
    expect([...set.labels]).toEqual([3]);
    for (const [y, x] of [
      [0, 0],
      [0, 31],
      [5, 2],
      [31, 31],
    ] as const) {
      const at = (y * 32 + x) * 3;
      expect([...set.pixels.subarray(at, at + 3)]).toEqual([(y * 32 + x) % 251, y, 255 - x]);
    }
  });

  it('joins batches in order', () => {
    const set = readCifar10Binary([
      { file: 'a', bytes: Uint8Array.of(...record(1), ...record(2)) },
      { file: 'b', bytes: record(9) },
    ]);
    expect(set.count).toBe(3);
    expect([...set.labels]).toEqual([1, 2, 9]);
    expect(set.pixels.subarray(2 * 3072)).toEqual(set.pixels.subarray(0, 3072));
  });

  it('names the file and offset of an error', () => {
    expect(() => readCifar10Binary([{ file: 'a', bytes: record(0).subarray(0, 3000) }])).toThrow(
      'a: at byte 0: expected records of 3073 bytes, found 3000 bytes before the end of the file',
    );
    const bytes = Uint8Array.of(...record(0), ...record(10));
    expect(() => readCifar10Binary([{ file: 'b', bytes }])).toThrow(
      `b: at byte ${RECORD}: expected a label below 10, found 10`,
    );
  });
});

/** Red counts the pixels, green is the row, blue is 255 minus the column. */
function record(label: number): Uint8Array {
  const bytes = new Uint8Array(RECORD);
  bytes[0] = label;
  for (let pixel = 0; pixel < 1024; pixel += 1) {
    bytes[1 + pixel] = pixel % 251;
    bytes[1 + 1024 + pixel] = Math.floor(pixel / 32);
    bytes[1 + 2048 + pixel] = 255 - (pixel % 32);
  }
  return bytes;
}
