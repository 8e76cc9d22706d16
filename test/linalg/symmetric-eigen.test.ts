import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { type Matrix64, zeros } from '../../src/linalg/matrix.ts';
import { gram, multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { scaleRows } from '../../src/linalg/scale.ts';
import { symmetricEigen } from '../../src/linalg/symmetric-eigen.ts';
import { tridiagonalize } from '../../src/linalg/tridiagonal.ts';
import { gaussian, largestEntry, orthonormalityError, subtract } from './test-matrices.ts';

function symmetric(n: number, seed: number): Matrix64 {
  const a = gaussian(n, n, seed);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a.data[j * n + i] = a.data[i * n + j]!;
  return a;
}

function diagonal(values: readonly number[]): Matrix64 {
  const a = zeros(values.length, values.length);
  values.forEach((value, i) => {
    a.data[i * values.length + i] = value;
  });
  return a;
}

function withEigenvalues(values: readonly number[], seed: number): Matrix64 {
  const { vectors } = symmetricEigen(symmetric(values.length, seed));
  return multiplyTransposedLeft(vectors, scaleRows(vectors, Float64Array.from(values)));
}

// A panel of the reduction has 32 columns, a stripe of the rotations has 8.
const sizes = [1, 2, 3, 4, 8, 31, 33, 34, 35, 66, 67, 101];

/** Rows up to which the library computes. */
const ways = [
  ['the library', Number.POSITIVE_INFINITY],
  ['panels', 0],
] as const;

const matrices: readonly (readonly [string, Matrix64])[] = [
  ...sizes.map((n) => [`${n} x ${n}`, symmetric(n, n)] as const),
  ['positive semidefinite', gram(gaussian(50, 20, 1))],
  ['zero', zeros(5, 5)],
  ['diagonal', diagonal([3, -1, 4, 1, -5, 9, 2, 6])],
  ['the identity', diagonal(Array(40).fill(1))],
  ['of multiple eigenvalues', withEigenvalues([...Array(30).fill(2), ...Array(30).fill(-1)], 2)],
  [
    'graded',
    withEigenvalues(
      Array.from({ length: 40 }, (_, i) => 10 ** -i),
      3,
    ),
  ],
  ['graded on its diagonal', diagonal([1e-200, 1e-100, 1, 1e-150, 1e-300])],
  ['huge', { ...symmetric(20, 4), data: symmetric(20, 4).data.map((x) => x * 1e300) }],
  ['tiny', { ...symmetric(20, 5), data: symmetric(20, 5).data.map((x) => x * 1e-300) }],
];

const cases = ways.flatMap(([way, small]) =>
  matrices.map(([name, a]) => [name, way, a, small] as const),
);

describe.each(cases)('eigenpairs of a matrix: %s, by %s', (_, _way, a, small) => {
  const { values, vectors } = symmetricEigen(a, small);
  const largest = Math.max(largestEntry({ rows: 1, cols: a.rows, data: values }), Number.MIN_VALUE);
  // Of size 1, so that squares can be summed here.
  const scaled = { ...a, data: a.data.map((x) => x / largest) };

  it('are eigenpairs, and the vectors orthonormal', () => {
    const turned = multiply(vectors, scaled);
    const expected = scaleRows(
      vectors,
      values.map((value) => value / largest),
    );
    expect(largestEntry(subtract(turned, expected))).toBeLessThan(1e-14);
    expect(orthonormalityError(vectors)).toBeLessThan(1e-13);
  });

  it('are in order, with the values of ml-matrix', () => {
    const matrix = MlMatrix.from1DArray(a.rows, a.rows, scaled.data);
    const theirs = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
    const expected = [...theirs.realEigenvalues].sort((x, y) => y - x);
    expected.forEach((value, t) => {
      expect(Math.abs(values[t]! / largest - value)).toBeLessThanOrEqual(1e-14 * a.rows);
      if (t > 0) expect(values[t]!).toBeLessThanOrEqual(values[t - 1]!);
    });
  });
});

it.each(ways)('rows that are zero or negligible are separated exactly, by %s', (_, small) => {
  const a = symmetric(12, 7);
  for (const i of [0, 4, 11]) {
    for (let j = 0; j < 12; j++) {
      a.data[i * 12 + j] = i === 4 ? 0 : a.data[i * 12 + j]! * 1e-41;
      a.data[j * 12 + i] = a.data[i * 12 + j]!;
    }
  }
  const { values, vectors } = symmetricEigen(a, small);
  values.forEach((value, t) => {
    const row = vectors.data.subarray(t * 12, (t + 1) * 12);
    const apart = [0, 4, 11].map((i) => Math.abs(row[i]!)).sort();
    expect(apart).toEqual(value === 0 ? [0, 0, 1] : [0, 0, 0]);
  });
  expect(values.filter((value) => value === 0)).toHaveLength(3);
});

it('an empty matrix has none', () => {
  expect(symmetricEigen(zeros(0, 0)).values).toHaveLength(0);
});

it('more rotations than are collected at once are applied in order', () => {
  // There are about 0.8 n^2 of them, and 2^15 are collected.
  const a = symmetric(260, 6);
  const { values, vectors } = symmetricEigen(a, 0);
  const turned = multiply(vectors, a);
  expect(largestEntry(subtract(turned, scaleRows(vectors, values)))).toBeLessThan(1e-12);
  expect(orthonormalityError(vectors)).toBeLessThan(1e-12);
});

it.each(sizes)('a matrix of %i rows is Q T Q^T', (n) => {
  const a = symmetric(n, n + 1);
  const { diagonal: d, offDiagonal: e, qt } = tridiagonalize({ ...a, data: a.data.slice() });
  expect([d.length, e.length]).toEqual([n, n - 1]);
  const t = diagonal([...d]);
  e.forEach((value, i) => {
    t.data[i * n + i + 1] = value;
    t.data[(i + 1) * n + i] = value;
  });
  const product = multiplyTransposedLeft(qt, multiply(t, qt));
  expect(largestEntry(subtract(product, a))).toBeLessThan(1e-13 * n);
  expect(orthonormalityError(qt)).toBeLessThan(1e-14 * n);
});
