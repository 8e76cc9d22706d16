/** Float32 weights that are difficult for an algorithm: the cases for everything that must hold for every layer. */

import { type Matrix, takeColumns, takeRows, zeros } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { scaleColumns, scaleRows } from '../../src/linalg/scale.ts';
import { gaussian, threeSpectra, toFloat32, withSpectrum } from './test-matrices.ts';

const filled = (rows: number, cols: number, at: (i: number, j: number) => number): Matrix => {
  const a = zeros(rows, cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) a.data[i * cols + j] = at(i, j);
  return a;
};

const times = (a: Matrix, factor: number): Matrix => ({
  ...a,
  data: a.data.map((value) => value * factor),
});

const ofRank3 = multiply(gaussian(20, 3, 1), gaussian(3, 40, 2));
const [slow, fast] = threeSpectra(24, 40).map(({ a }) => a) as [Matrix, Matrix];
const alternately = (count: number, ...values: number[]) =>
  Float64Array.from({ length: count }, (_, i) => values[i % values.length]!);

/** Kahan's matrix: the pivots of its QR hide that it is nearly singular. */
const kahan = filled(20, 20, (i, j) => (i > j ? 0 : 0.8 ** i * (i === j ? 1 : -0.6)));

const cases: readonly (readonly [string, Matrix])[] = [
  ['of rank 3', ofRank3],
  ['of rank 3, tall', multiply(gaussian(40, 3, 3), gaussian(3, 20, 4))],
  ['slowly decaying', slow],
  ['quickly decaying', fast],
  ['one half of ordinary size, one half of rounding size', times(slow, 1 + 2 ** -23)],
  [
    'duplicated columns',
    takeColumns(
      gaussian(20, 8, 5),
      Array.from({ length: 32 }, (_, j) => j % 8),
    ),
  ],
  [
    'duplicated rows',
    takeRows(
      gaussian(8, 30, 6),
      Array.from({ length: 24 }, (_, i) => i % 8),
    ),
  ],
  ['zero rows', scaleRows(gaussian(24, 30, 7), alternately(24, 1, 0, 1))],
  ['zero columns', scaleColumns(gaussian(24, 30, 8), alternately(30, 1, 0))],
  [
    'denormal columns next to ordinary ones',
    scaleColumns(gaussian(24, 30, 9), alternately(30, 1, 1e-40)),
  ],
  ['times 1e30', times(slow, 1e30)],
  ['times 1e-30', times(slow, 1e-30)],
  ['of rank 3, times 1e30', times(ofRank3, 1e30)],
  ['of rank 3, times 1e-30', times(ofRank3, 1e-30)],
  ['near the largest float32', times(gaussian(20, 30, 10), 5e37)],
  ['denormals', times(gaussian(20, 30, 11), 1e-41)],
  ['one row', gaussian(1, 30, 12)],
  ['one column', gaussian(30, 1, 13)],
  ['one entry', gaussian(1, 1, 14)],
  ['Hilbert', filled(20, 20, (i, j) => 1 / (i + j + 1))],
  ['Kahan', kahan],
  ['equal singular values', withSpectrum(20, 32, new Float64Array(20).fill(1), 15)],
  [
    'one column of 1e20',
    scaleColumns(gaussian(20, 30, 16), alternately(30, 1e20, ...Array(29).fill(1))),
  ],
  [
    'columns of all sizes',
    scaleColumns(gaussian(24, 36, 17), alternately(36, 1e12, 1e6, 1, 1e-6, 1e-12)),
  ],
  ['all equal', filled(12, 18, () => 0.1)],
  ['only zeros', zeros(12, 18)],
];

export const nastyMatrices = cases.map(([name, a]) => ({ name, a: toFloat32(a) }));
