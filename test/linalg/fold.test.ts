import { describe, expect, it } from 'vitest';
import { foldAveragePool } from '../../src/linalg/fold.ts';
import { multiplyTransposedRight } from '../../src/linalg/multiply.ts';
import { gaussian } from './test-matrices.ts';

describe('foldAveragePool', () => {
  it('sums the copies of a single value', () => {
    const weight = gaussian(3, 2 * 49, 1);
    const folded = foldAveragePool(weight, { height: 1, width: 1, size: 7 });
    expect([folded.rows, folded.cols]).toEqual([3, 2]);
    for (let block = 0; block < 6; block++) {
      const sum = weight.data.slice(49 * block, 49 * block + 49).reduce((a, b) => a + b, 0);
      expect(folded.data[block]).toBeCloseTo(sum, 12);
    }
  });

  it.each([
    { height: 2, width: 2, size: 7 },
    { height: 7, width: 7, size: 7 },
    { height: 5, width: 3, size: 2 },
    { height: 14, width: 9, size: 7 },
  ])('has the same outputs for a map as the layer for its pooled map: %o', (pool) => {
    const { height, width, size } = pool;
    const channels = 3;
    const weight = gaussian(4, channels * size ** 2, 2);
    const maps = gaussian(6, channels * height * width, 3);
    const pooled = { rows: 6, cols: channels * size ** 2, data: new Float64Array(18 * size ** 2) };
    for (let map = 0; map < 6 * channels; map++) {
      for (let cell = 0; cell < size ** 2; cell++) {
        const [r, c] = [Math.floor(cell / size), cell % size];
        const values: number[] = [];
        for (let y = Math.floor((r * height) / size); y < ((r + 1) * height) / size; y++) {
          for (let x = Math.floor((c * width) / size); x < ((c + 1) * width) / size; x++) {
            values.push(maps.data[map * height * width + y * width + x]!);
          }
        }
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        pooled.data[map * size ** 2 + cell] = mean;
      }
    }
    const expected = multiplyTransposedRight(pooled, weight).data;
    const actual = multiplyTransposedRight(maps, foldAveragePool(weight, pool)).data;
    actual.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 10);
    });
  });

  it('refuses a weight that does not fit the pool', () => {
    expect(() => foldAveragePool(gaussian(2, 50, 1), { height: 1, width: 1, size: 7 })).toThrow(
      RangeError,
    );
  });
});
