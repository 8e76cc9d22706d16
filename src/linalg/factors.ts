/**
 * The common input of all compression methods, computed once per layer: the SVD of its weight, and the norms of its
 * columns and rows.
 */
import { gramSvd } from './gram-svd.ts';
import { firstRows, type Matrix } from './matrix.ts';
import { float64Products, type Products } from './products.ts';
import { type RandomStream, randomStream } from './random.ts';
import { largestRank, randomizedSvd } from './randomized-svd.ts';
import { thinSvd } from './svd.ts';
import type { TruncatedSvd } from './truncated-svd.ts';

/**
 * The factors of an m x n weight with r singular values: its numerical rank, or fewer if only the leading ones were
 * requested. Methods read only the fields that they need. So an implementation over a file can use getters and read
 * only the requested rows.
 */
export interface LayerFactors {
  readonly rows: number;
  readonly cols: number;
  /** r singular values, non-increasing and positive. */
  readonly s: Float64Array;
  /** Set if there are more singular values than these r. */
  readonly truncated?: true;
  /**
   * Set if an iteration found them. For a decaying spectrum, they are far more exact than a percent. For a flat one,
   * the last can be too small by a few percent.
   */
  readonly iterated?: true;
  /** ||A^(j)||^2, n of them. */
  readonly squaredColumnNorms: Float64Array;
  /** ||A_(i)||^2, m of them. */
  readonly squaredRowNorms: Float64Array;
  /** ||A||_F^2. */
  readonly squaredNorm: number;
  /** The first min(k, r) left singular vectors, one per row of length m. Read-only. */
  ut(k: number): Matrix;
  /** The first min(k, r) right singular vectors, one per row of length n. Read-only. */
  vt(k: number): Matrix;
}

export interface FactorizeOptions {
  /** The largest rank that will be requested, positive. Default: all. Small layers always get all. */
  readonly rank?: number;
  /** Multiplies large layers; called only for these. Default: float64, in this thread. */
  readonly products?: () => Products;
  /** Default: a fixed stream, the same for each call. */
  readonly random?: RandomStream;
}

/**
 * Factorizes a finite weight `a` (m x n) once, for all ranks up to the requested one. With l = min(m, n):
 * - l <= 512: the exact SVD in float64; takes seconds (`svd.ts`).
 * - Else, up to a rank of about 0.4 l: the randomized SVD, by products (`randomized-svd.ts`).
 * - Else the full SVD: by products if there are any, to their precision, else in float64. The time is that of two or
 *   more l x l eigenproblems in float64: minutes for l of some thousands.
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
    // Fewer than requested: the rest is zero.
    const truncated = svd.s.length === rank;
    return { ...svd, iterated: true, ...(truncated && { truncated }) };
  }
  return products === undefined ? thinSvd(a) : gramSvd(a, products());
}

/**
 * Rank-k leverage scores l_j = sum_{t < k} V_jt^2 of the columns of A, from V^T (r x n, r >= k). With U^T, those of its
 * rows. They are in [0, 1] and sum to k (Mahoney & Drineas, PNAS 106(3), 2009, eq. 3, times k).
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
