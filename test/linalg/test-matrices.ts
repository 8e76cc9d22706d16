/** Matrices with known spectra, and the measures that several tests of this folder use. */
import { solveLeastSquares } from '../../src/linalg/least-squares.ts';
import { type Matrix, type Matrix64, transpose, zeros } from '../../src/linalg/matrix.ts';
import { gram, multiply, multiplyTransposedLeft } from '../../src/linalg/multiply.ts';
import { pivotedQr } from '../../src/linalg/qr.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { scaleRows } from '../../src/linalg/scale.ts';

/** Independent standard normals. */
export function gaussian(rows: number, cols: number, seed: number): Matrix64 {
  const random = randomStream(seed, 'gaussian', `${rows}x${cols}`);
  const a = zeros(rows, cols);
  for (let i = 0; i < a.data.length; i++) a.data[i] = random.normal();
  return a;
}

/** U diag(s) V^T with random singular vectors. */
export function withSpectrum(m: number, n: number, s: Float64Array, seed: number): Matrix64 {
  const ut = pivotedQr(gaussian(m, s.length, seed)).qt;
  const vt = pivotedQr(gaussian(n, s.length, seed + 1)).qt;
  return multiplyTransposedLeft(scaleRows(ut, s), vt);
}

export interface NamedMatrix<M extends Matrix = Matrix64> {
  readonly name: string;
  readonly a: M;
}

/** The three kinds of spectrum for testing the bounds. All have full rank; the step is at 20. */
export function threeSpectra(m: number, n: number): readonly NamedMatrix[] {
  const spectrum = (at: (i: number) => number) =>
    Float64Array.from({ length: Math.min(m, n) }, (_, i) => at(i));
  return [
    {
      name: 'slow decay',
      a: withSpectrum(
        m,
        n,
        spectrum((i) => 1 / Math.sqrt(1 + i)),
        11,
      ),
    },
    {
      name: 'fast decay',
      a: withSpectrum(
        m,
        n,
        spectrum((i) => 0.75 ** i),
        12,
      ),
    },
    {
      name: 'step',
      a: withSpectrum(
        m,
        n,
        spectrum((i) => (i < 20 ? 1 : 0.05)),
        13,
      ),
    },
  ];
}

export function subtract(a: Matrix, b: Matrix): Matrix64 {
  const c = zeros(a.rows, a.cols);
  for (let i = 0; i < c.data.length; i++) c.data[i] = a.data[i]! - b.data[i]!;
  return c;
}

export function frobenius(a: Matrix): number {
  let sum = 0;
  for (const value of a.data) sum += value * value;
  return Math.sqrt(sum);
}

/** ||A - L R||_F. */
export function residual(a: Matrix, left: Matrix, right: Matrix): number {
  return frobenius(subtract(a, multiply(left, right)));
}

export function largestEntry(a: Matrix): number {
  let largest = 0;
  for (const value of a.data) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** max |Q Q^T - I| for rows that should be orthonormal. */
export function orthonormalityError(rows: Matrix): number {
  const g = gram(rows);
  for (let i = 0; i < g.rows; i++) g.data[i * g.rows + i]! -= 1;
  return largestEntry(g);
}

/** The textbook product, with which the blocked ones are compared. */
export function plainProduct(a: Matrix, b: Matrix): Matrix64 {
  const bt = transpose(b);
  const c = zeros(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      let sum = 0;
      for (let p = 0; p < a.cols; p++) sum += a.data[i * a.cols + p]! * bt.data[j * a.cols + p]!;
      c.data[i * b.cols + j] = sum;
    }
  }
  return c;
}

export function toFloat32(a: Matrix): Matrix {
  return { ...a, data: Float32Array.from(a.data) };
}

/** The number of standard deviations that chi-square with `freedom` degrees is above its mean. */
export function chiSquareExcess(chiSquare: number, freedom: number): number {
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

/** X that minimizes ||E - X R||_F. */
export function solveLeastSquaresRight(e: Matrix, r: Matrix): Matrix64 {
  return transpose(solveLeastSquares(transpose(r), transpose(e)));
}
