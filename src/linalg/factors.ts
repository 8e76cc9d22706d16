/**
 * What every compression of a layer starts from, computed once a layer: the SVD of its weight, and the
 * norms of its columns and rows.
 */
import { gramSvd } from './gram-svd.ts';
import { firstRows, type Matrix } from './matrix.ts';
import { float64Products, type Products } from './products.ts';
import { type RandomStream, randomStream } from './random.ts';
import { largestRank, randomizedSvd } from './randomized-svd.ts';
import { thinSvd } from './svd.ts';
import type { TruncatedSvd } from './truncated-svd.ts';

/**
 * The factors of an m x n weight, of r singular values: its numerical rank, or fewer where only the
 * leading ones were asked for. Methods read only what they need, so that an
 * implementation over a file can make the fields getters and read no more than the rows asked for.
 */
export interface LayerFactors {
  readonly rows: number;
  readonly cols: number;
  /** r singular values, non-increasing and positive. */
  readonly s: Float64Array;
  /** Present where there are more singular values than these r. */
  readonly truncated?: true;
  /**
   * Present where an iteration found them. Of a decaying spectrum they are exact to far below a per cent; of a flat
   * one the last can be too small by some per cent.
   */
  readonly iterated?: true;
  /** ||A^(j)||^2, n of them. */
  readonly squaredColumnNorms: Float64Array;
  /** ||A_(i)||^2, m of them. */
  readonly squaredRowNorms: Float64Array;
  /** ||A||_F^2. */
  readonly squaredNorm: number;
  /** The first min(k, r) left singular vectors, one a row of m. Not to be written to. */
  ut(k: number): Matrix;
  /** The first min(k, r) right singular vectors, one a row of n. Not to be written to. */
  vt(k: number): Matrix;
}

export interface FactorizeOptions {
  /** The largest rank that will be wanted, positive; default: all. Small layers get all anyway. */
  readonly rank?: number;
  /** What multiplies where the layer is large; asked for only then. Default: float64, in this thread. */
  readonly products?: () => Products;
  /** Default: a fixed stream, the same for each call. */
  readonly random?: RandomStream;
}

/**
 * Factorizes a finite weight `a` (m x n) once, for all ranks up to the one asked for. With l = min(m, n):
 *
 * - l <= 512: the exact SVD in float64; seconds (`svd.ts`).
 * - Else, up to a rank of about 0.4 l: the randomized SVD, by products (`randomized-svd.ts`).
 * - Else all of it: by products where there are any, to their precision, else in float64. The time is
 *   that of an l x l eigenproblem in float64, twice or more: minutes for some thousands.
 */
export function factorizeLayer(a: Matrix, options: FactorizeOptions = {}): LayerFactors {
  const norms = squaredNorms(a);
  const { ut, s, vt, truncated, iterated } = triplets(a, norms.squaredNorm, options);
  return {
    rows: a.rows,
    cols: a.cols,
    s,
    ...(truncated && { truncated }),
    ...(iterated && { iterated }),
    ...norms,
    ut: (k) => firstRows(ut, k),
    vt: (k) => firstRows(vt, k),
  };
}

/** Whether `factorizeLayer` computes the SVD of an m x n layer by products. */
export function isLargeLayer(m: number, n: number): boolean {
  return Math.min(m, n) > SMALL;
}

const SMALL = 512;

function triplets(
  a: Matrix,
  squaredNorm: number,
  { rank = Number.POSITIVE_INFINITY, products, random }: FactorizeOptions,
): TruncatedSvd & Pick<LayerFactors, 'truncated' | 'iterated'> {
  if (!isLargeLayer(a.rows, a.cols)) return thinSvd(a);
  if (rank <= largestRank(a.rows, a.cols)) {
    const stream = random ?? randomStream(0, 'factorize');
    const svd = randomizedSvd(a, rank, stream, products?.() ?? float64Products, squaredNorm);
    // Fewer than asked for: the rest is zero.
    const truncated = svd.s.length === rank;
    return { ...svd, iterated: true, ...(truncated && { truncated }) };
  }
  return products === undefined ? thinSvd(a) : gramSvd(a, products());
}

/**
 * Rank-k leverage scores l_j = sum_{t < k} V_jt^2 of the columns of A, from V^T (r x n, r >= k); of its
 * rows from U^T. They lie in [0, 1] and sum to k (Mahoney & Drineas, PNAS 106(3), 2009, eq. 3, times k).
 */
export function leverageScores(vt: Matrix, k: number): Float64Array {
  const scores = new Float64Array(vt.cols);
  for (let t = 0; t < Math.min(k, vt.rows); t++) {
    for (let j = 0; j < vt.cols; j++) scores[j]! += vt.data[t * vt.cols + j]! ** 2;
  }
  return scores;
}

function squaredNorms(
  a: Matrix,
): Pick<LayerFactors, 'squaredColumnNorms' | 'squaredRowNorms' | 'squaredNorm'> {
  const squaredColumnNorms = new Float64Array(a.cols);
  const squaredRowNorms = new Float64Array(a.rows);
  let squaredNorm = 0;
  for (let i = 0; i < a.rows; i++) {
    let row = 0;
    for (let j = 0; j < a.cols; j++) {
      const value = a.data[i * a.cols + j]!;
      const square = value * value;
      squaredColumnNorms[j]! += square;
      row += square;
    }
    squaredRowNorms[i] = row;
    squaredNorm += row;
  }
  return { squaredColumnNorms, squaredRowNorms, squaredNorm };
}
