import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Matrix, transpose, zeros } from '../../../src/linalg/matrix.ts';
import {
  centred,
  inputScale,
  MomentSum,
  type SecondMoments,
} from '../../../src/linalg/moments/second-moments.ts';
import { multiplyTransposedLeft } from '../../../src/linalg/multiply.ts';
import { frobenius, gaussian, subtract } from '../test-matrices.ts';

const single = (a: Matrix): Matrix => ({ ...a, data: Float32Array.from(a.data) });

const rowsOf = (x: Matrix, from: number, to: number): Matrix => ({
  rows: to - from,
  cols: x.cols,
  data: x.data.subarray(from * x.cols, to * x.cols),
});

function momentsIn(x: Matrix, ends: readonly number[]): SecondMoments {
  const sum = new MomentSum(x.cols);
  let from = 0;
  for (const end of [...ends, x.rows]) {
    sum.add(rowsOf(x, from, end));
    from = end;
  }
  return sum.moments();
}

it('gives the same bytes for any split of the rows into batches', () => {
  const x = single(gaussian(2500, 7, 1));
  const whole = momentsIn(x, []);
  const ends = fc.array(fc.integer({ min: 0, max: x.rows }), { maxLength: 12 });
  fc.assert(
    fc.property(ends, (some) => {
      expect(
        momentsIn(
          x,
          [...some].sort((a, b) => a - b),
        ),
      ).toEqual(whole);
    }),
    { numRuns: 30 },
  );
  // Row by row.
  expect(
    momentsIn(
      x,
      Array.from({ length: x.rows }, (_, i) => i),
    ),
  ).toEqual(whole);
});

it('has the moments, within the error that it states', () => {
  const x = single(gaussian(3000, 9, 2));
  const { rows, mean, sums } = momentsIn(x, [5, 900]);
  expect(rows).toBe(3000);
  const exact = multiplyTransposedLeft(x, x);
  const bound = (256 + 3000 / 256) * 2 ** -53;
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 9; j++) {
      const [at, across] = [i * 9 + j, j * 9 + i];
      const size = Math.sqrt(exact.data[i * 10]! * exact.data[j * 10]!);
      expect(sums.data[at]).toBe(sums.data[across]);
      expect(Math.abs(sums.data[at]! - exact.data[at]!)).toBeLessThan(2 * bound * size);
    }
    const column = Array.from({ length: 3000 }, (_, t) => x.data[t * 9 + i]!);
    const average = column.reduce((total, value) => total + value, 0) / 3000;
    expect(mean[i]).toBeCloseTo(average, 13);
    expect(inputScale({ rows, mean, sums })[i]).toBeCloseTo(
      Math.sqrt(exact.data[i * 10]! / 3000),
      12,
    );
  }
});

it('centres them', () => {
  const x = single(gaussian(400, 6, 3));
  for (let i = 0; i < x.data.length; i++) x.data[i]! += i % 6;
  const found = centred(momentsIn(x, []));
  const { mean } = momentsIn(x, []);
  const without = { ...x, data: Float64Array.from(x.data, (value, i) => value - mean[i % 6]!) };
  const exact = multiplyTransposedLeft(without, without);
  expect(frobenius(subtract(found.sums, exact)) / frobenius(exact)).toBeLessThan(1e-12);
  // A constant input does not vary.
  const ones = { rows: 7, cols: 2, data: new Float32Array(14).fill(0.1) };
  for (const value of centred(momentsIn(ones, [3])).sums.data) {
    expect(Math.abs(value)).toBeLessThan(1e-15);
  }
});

it('takes one row, refuses none, other lengths, and rows that are not finite', () => {
  const x = gaussian(1, 4, 1);
  expect(momentsIn(x, []).sums).toEqual(multiplyTransposedLeft(x, x));
  expect(() => new MomentSum(4).moments()).toThrow('there are no rows');
  expect(() => new MomentSum(4).add(transpose(x))).toThrow('rows of 1 numbers instead of 4');
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const bad = zeros(3, 4);
    bad.data[6] = value;
    expect(() => momentsIn(bad, [])).toThrow('input 2 (counted from 0) is not finite');
  }
});
