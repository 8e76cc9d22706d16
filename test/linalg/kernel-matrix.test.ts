import { expect, it } from 'vitest';
import { permuteAxes } from '../../src/linalg/kernel-matrix.ts';
import { randomStream } from '../../src/linalg/random.ts';

it('moves each entry where its indices go, and back', () => {
  const random = randomStream(1, 'axes');
  for (let trial = 0; trial < 50; trial++) {
    const shape = Array.from({ length: 1 + random.integer(4) }, () => 1 + random.integer(4));
    const order = [...random.permutation(shape.length)];
    const size = shape.reduce((product, extent) => product * extent, 1);
    const data = Float32Array.from({ length: size }, (_, i) => i);
    const permuted = permuteAxes(data, shape, order);
    const permutedShape = order.map((axis) => shape[axis]!);
    const place = (indices: readonly number[], extents: readonly number[]) =>
      indices.reduce((at, index, axis) => at * extents[axis]! + index, 0);
    for (let at = 0; at < size; at++) {
      let rest = at;
      const indices = shape.toReversed().map((extent) => {
        const index = rest % extent;
        rest = (rest - index) / extent;
        return index;
      });
      indices.reverse();
      const moved = order.map((axis) => indices[axis]!);
      expect(permuted[place(moved, permutedShape)]).toBe(at);
    }
    const inverse = order.map((_, axis) => order.indexOf(axis));
    expect(permuteAxes(permuted, permutedShape, inverse)).toEqual(data);
  }
});

it('keeps the float width, copies, and refuses data that does not fill the shape', () => {
  const data = Float64Array.of(1, 2);
  const copy = permuteAxes(data, [2], [0]);
  expect(copy).toEqual(data);
  expect(copy).not.toBe(data);
  expect(() => permuteAxes(data, [2, 2], [0, 1])).toThrow("2 values don't fill [2, 2]");
});
