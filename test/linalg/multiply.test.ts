import { describe, expect, it } from 'vitest';
import { transpose, zeros } from '../../src/linalg/matrix.ts';
import {
  gram,
  multiply,
  multiplyTransposedLeft,
  multiplyTransposedRight,
} from '../../src/linalg/multiply.ts';
import { gaussian, largestEntry, plainProduct, subtract, toFloat32 } from './test-matrices.ts';

// Near the sizes of tiles (4), left blocks (64), depth (256) and right blocks (512).
const shapes = [
  [1, 1, 1],
  [3, 5, 2],
  [4, 4, 4],
  [65, 257, 7],
  [66, 3, 514],
  [130, 511, 5],
] as const;

describe.each(shapes)('products of %i x %i and %i', (m, p, n) => {
  const a = gaussian(m, p, 1);
  const b = gaussian(p, n, 2);
  const expected = plainProduct(a, b);
  const tolerance = 1e-12 * Math.sqrt(p);

  it('agrees with the textbook product for all layouts of the factors', () => {
    for (const product of [
      multiply(a, b),
      multiplyTransposedLeft(transpose(a), b),
      multiplyTransposedRight(a, transpose(b)),
    ]) {
      expect([product.rows, product.cols]).toEqual([m, n]);
      expect(largestEntry(subtract(product, expected))).toBeLessThan(tolerance);
    }
  });

  it('has a symmetric Gram matrix', () => {
    const g = gram(b);
    expect(largestEntry(subtract(g, plainProduct(b, transpose(b))))).toBeLessThan(1e-12 * n);
    expect(largestEntry(subtract(transpose(g), g))).toBe(0);
  });
});

describe('products', () => {
  it('accumulate in float64 for float32 factors', () => {
    const a = toFloat32(gaussian(5, 700, 3));
    const expected = plainProduct(a, transpose(a));
    expect(largestEntry(subtract(gram(a), expected))).toBeLessThan(1e-11);
  });

  it('allow empty and zero matrices', () => {
    expect(multiply(zeros(3, 0), zeros(0, 2))).toEqual(zeros(3, 2));
    expect(multiply(zeros(0, 3), zeros(3, 2))).toEqual(zeros(0, 2));
    expect(gram(zeros(0, 4))).toEqual(zeros(0, 0));
  });

  it('refuse factors that do not fit', () => {
    expect(() => multiply(zeros(2, 3), zeros(2, 3))).toThrow(RangeError);
  });
});
