/**
 * Tucker-2: a kernel K [T, S, kh, kw] as a smaller kernel between two changes of channels, K ~ core x_T U x_S V, with U
 * (T x r4) and V (S x r3) orthonormal (Kim et al., ICLR 2016).
 *
 * It starts from the truncated HOSVD (De Lathauwer, De Moor & Vandewalle, SIMAX 21(4), 2000a): the top eigenvectors of
 * the Gram matrices of both channel unfoldings. Its squared error is at most twice the least one. HOOI (same authors,
 * 2000b) then improves one mode while the other is fixed. HOOI solves an eigenproblem of size T or S in each step.
 * Instead, this takes steps of orthogonal iteration, U <- orth(Y Y^T U), which cost products only. The fixed points are
 * the same, and the core's energy tr(U^T Y Y^T U) never falls (it is convex in U, and a step maximizes its tangent). As
 * with HOOI, the optimum is local.
 */

import { permuteAxes } from './kernel-matrix.ts';
import { firstRows, type Matrix, type Matrix64, transpose, zeros } from './matrix.ts';
import { gram, multiply, multiplyTransposedLeft, multiplyTransposedRight } from './multiply.ts';
import { pivotedQr } from './qr.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A kernel whose window is one axis: [out, in, window], row-major. */
export interface Kernel {
  readonly out: number;
  readonly in: number;
  readonly window: number;
  readonly data: Float32Array | Float64Array;
}

/** Inner channels after the first and before the last change of channels: r3 and r4. */
export interface TuckerRanks {
  readonly in: number;
  readonly out: number;
}

/** Orthonormal bases of both channel modes by importance: T x T and S x S, one vector per row. */
export interface ChannelBases {
  readonly out: Matrix64;
  readonly in: Matrix64;
  /** The part of ||K||_F^2 in each direction; descending. */
  readonly energies: { readonly out: Float64Array; readonly in: Float64Array };
}

/** U^T, V^T and the core, in any precision. */
export interface TuckerFactors {
  readonly out: Matrix;
  readonly in: Matrix;
  readonly core: Matrix;
}

export interface Tucker2 extends TuckerFactors {
  /** U^T, r4 x T, orthonormal rows. */
  readonly out: Matrix64;
  /** V^T, r3 x S, orthonormal rows. */
  readonly in: Matrix64;
  /** r4 x (r3 window): a kernel [r4, r3, window]. */
  readonly core: Matrix64;
  /** ||K - K'||_F. */
  readonly error: number;
  readonly squaredNorm: number;
}

export interface TuckerOptions {
  /** Those of the kernel, if several ranks are needed. */
  readonly bases?: ChannelBases;
  /** The maximum number of passes over both modes. 0 gives the truncated HOSVD. */
  readonly sweeps?: number;
  /** Stops after a sweep that reduces the squared error by less than this share. 0 makes all sweeps. */
  readonly tolerance?: number;
}

/** The bases of the HOSVD, which do not depend on the ranks. O(T^3 + S^3 + TSw(T + S)). */
export function channelBases(kernel: Kernel): ChannelBases {
  const out = symmetricEigen(gram(outUnfolding(kernel)));
  const within = symmetricEigen(gram(inUnfolding(kernel)));
  return {
    out: out.vectors,
    in: within.vectors,
    energies: { out: out.values, in: within.values },
  };
}

/** Ranks are integers from 1 to S and T. O(TSw (r3 + r4)) per sweep. */
export function tucker2(kernel: Kernel, ranks: TuckerRanks, options: TuckerOptions = {}): Tucker2 {
  const { bases = channelBases(kernel), sweeps = 20, tolerance = 1e-3 } = options;
  const byOut = outUnfolding(kernel);
  const byIn = inUnfolding(kernel);
  const squaredNorm = energyOf(byOut);
  let u = firstRows(bases.out, ranks.out);
  let v = firstRows(bases.in, ranks.in);
  let seen = seenThrough(v, byIn, kernel);
  let core = multiply(u, seen);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = energyOf(core);
    v = improved(v, exchanged(multiply(u, byOut), [ranks.out, kernel.in, kernel.window]));
    seen = seenThrough(v, byIn, kernel);
    u = improved(u, seen);
    core = multiply(u, seen);
    if (Math.abs(energyOf(core) - before) < tolerance * (squaredNorm - before)) break;
  }
  const lost = squaredNorm - energyOf(core);
  // If the two sums nearly agree, their difference is rounding.
  const error =
    lost > 1e-8 * squaredNorm
      ? Math.sqrt(lost)
      : distance(byOut, multiplyTransposedLeft(u, expanded(core, v, kernel)));
  return { out: u, in: v, core, error, squaredNorm };
}

/** K' = core x_T U x_S V as a T x (S window) matrix. */
export function reconstruct({ out, in: v, core }: TuckerFactors): Matrix64 {
  const window = core.cols / v.rows;
  return multiplyTransposedLeft(out, expanded(core, v, { in: v.cols, window }));
}

/** Weights of the three parts. */
export function tuckerParameters(kernel: Omit<Kernel, 'data'>, ranks: TuckerRanks): number {
  return kernel.in * ranks.in + kernel.window * ranks.in * ranks.out + ranks.out * kernel.out;
}

/**
 * The ranks for a nominal rate: r3 = round(a S) and r4 = round(a T) for the largest a <= 1 with which the parts have at
 * most S T w / rate weights. Both are at least 1, even if that is too much. The core cannot use a rank above w times
 * the other one, so such a rank is reduced to that.
 */
export function tuckerRanks(kernel: Omit<Kernel, 'data'>, rate: number): TuckerRanks {
  if (!(rate > 0)) throw new RangeError(`a compression rate is positive, not ${rate}`);
  const { in: s, out: t, window } = kernel;
  const at = (a: number): TuckerRanks => {
    const r3 = Math.max(1, Math.round(a * s));
    const r4 = Math.max(1, Math.round(a * t));
    return { in: Math.min(r3, r4 * window), out: Math.min(r4, r3 * window) };
  };
  const fits = (a: number) => tuckerParameters(kernel, at(a)) * rate <= s * t * window;
  if (fits(1)) return at(1);
  let [fitting, tooLarge] = [0, 1];
  // Parameters do not decrease as a grows, and steps in a are much wider than 2^-40.
  for (let halving = 0; halving < 40; halving++) {
    const middle = (fitting + tooLarge) / 2;
    if (fits(middle)) fitting = middle;
    else tooLarge = middle;
  }
  return at(fitting);
}

/** T x (S window). */
function outUnfolding({ out, data }: Kernel): Matrix {
  return { rows: out, cols: data.length / out, data };
}

/** S x (T window). */
function inUnfolding(kernel: Kernel): Matrix {
  return exchanged(outUnfolding(kernel), [kernel.out, kernel.in, kernel.window]);
}

/** [p, q, w] as a p x (q w) matrix -> [q, p, w] as q x (p w). */
function exchanged<M extends Matrix>(a: M, shape: readonly [number, number, number]): M {
  const data = permuteAxes(a.data, shape, [1, 0, 2]);
  return { ...a, rows: shape[1], cols: data.length / shape[1], data };
}

/** K x_S V^T: T x (r3 window). */
function seenThrough(v: Matrix64, byIn: Matrix, { out, window }: Kernel): Matrix64 {
  return exchanged(multiply(v, byIn), [v.rows, out, window]);
}

/** core x_S V: r4 x (S window). */
function expanded(core: Matrix, v: Matrix, kernel: Pick<Kernel, 'in' | 'window'>): Matrix64 {
  const byIn = exchanged(core, [core.rows, v.rows, kernel.window]);
  return exchanged(multiplyTransposedLeft(v, byIn), [kernel.in, core.rows, kernel.window]);
}

/** Two steps, because the projection before them costs more than both. */
const STEPS = 2;

/** A basis (r x l, orthonormal rows) of the same dimension that contains no less of the energy of y (l x p). */
function improved(basis: Matrix64, y: Matrix64): Matrix64 {
  let turned = basis;
  for (let step = 0; step < STEPS; step++) {
    turned = orthonormal(multiplyTransposedRight(multiply(turned, y), y), turned);
  }
  return turned;
}

/** Orthonormal rows that span those of `a` (r x l), completed to r from the span of `spare` (r x l). */
function orthonormal(a: Matrix64, spare: Matrix64): Matrix64 {
  const { qt, rank } = pivotedQr(transpose(a));
  if (rank === a.rows) return qt;
  const rest = spare.data.slice();
  const along = multiply(multiplyTransposedRight(spare, qt), qt);
  for (let i = 0; i < rest.length; i++) rest[i]! -= along.data[i]!;
  const more = firstRows(pivotedQr(transpose({ ...spare, data: rest })).qt, a.rows - rank);
  const filled = zeros(a.rows, a.cols);
  filled.data.set(qt.data);
  filled.data.set(more.data, qt.data.length);
  return filled;
}

function energyOf(a: Matrix): number {
  let sum = 0;
  for (const value of a.data) sum += value * value;
  return sum;
}

function distance(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return Math.sqrt(sum);
}
