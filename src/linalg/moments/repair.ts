/**
 * The closed-form right factor of a factored layer on the inputs X' that it gets in the compressed network, such that
 * its outputs are near those of the original layer on the original inputs X:
 *
 *   minimize ||A X + d - L R X'||_F^2 + ridge ||L (R - R_0)||_F^2
 *   R = R_0 + L^+ (T - L R_0 S') (S' + ridge I)^-1, with T = A X X'^T + d (sum of X')^T and S' = X' X'^T.
 *
 * R_0 is the factor before the repair; d is the original bias minus the new one. The error on the samples that the
 * moments are of never grows, for any ridge. Few samples need a ridge to avoid overfitting, so it is chosen on other
 * samples. No change is one of the choices, so the error does not grow by more than 0.1% on those either.
 * Choices are compared as they are stored, so rounding does not change that.
 */
import { solveLeastSquares } from '../least-squares.ts';
import type { Matrix, Matrix64 } from '../matrix.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../multiply.ts';
import { scaleColumns } from '../scale.ts';
import { inputRange } from './input-range.ts';
import { innerProduct, squaredOutputs } from './output-error.ts';
import type { SecondMoments } from './second-moments.ts';

export interface LayerToRepair {
  /** m x n, the original weight A. */
  readonly weight: Matrix;
  /** d: m values. Absent if it is zero. */
  readonly shift?: Float64Array | undefined;
  /** m x c. */
  readonly left: Matrix;
  /** c x n. */
  readonly right: Matrix;
}

/** Of the inputs X of the original layer, and of the inputs X' of the compressed one, on the same samples. */
export interface PairedMoments {
  readonly original: SecondMoments;
  /** `original` itself if the inputs are the same. */
  readonly actual: SecondMoments;
  /** X X'^T, n x n. */
  readonly cross: Matrix64;
}

export interface Repaired {
  readonly right: Matrix;
  /** As a share of the largest eigenvalue of S'; null if the factor is unchanged. */
  readonly ridge: number | null;
}

/** The strongest first. Without any, directions in which the inputs hardly vary would get huge weights. */
const RIDGES = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/** The strongest ridge is used whose error is at most this share above the least. */
const NEGLIGIBLE = 1e-3;

/** The relative error of the outputs as a function of R, on some samples. */
export type ErrorOf = (right: Matrix) => number;

/**
 * The error on held-out samples chooses the ridge.
 *
 * @param stored the factor after it is stored and read again
 */
export function repairRight(
  layer: LayerToRepair,
  calibration: PairedMoments,
  errors: { readonly calibration: ErrorOf; readonly heldOut: ErrorOf },
  stored: (right: Matrix) => Matrix = (right) => right,
): Repaired {
  const { original, actual } = calibration;
  const kept: Repaired = { right: layer.right, ridge: null };
  const found = actual === original ? [projected(layer)] : ridged(layer, calibration);
  const others = found.map(({ right, ridge }) => ({ right: stored(right), ridge }));
  // Rounding can make it grow, and so can a shift if the inputs are the same.
  const most = errors.calibration(layer.right);
  const choices = [kept, ...others.filter(({ right }) => errors.calibration(right) <= most)];
  const heldOut = choices.map(({ right }) => errors.heldOut(right));
  const enough = Math.min(...heldOut) * (1 + NEGLIGIBLE);
  return choices[heldOut.findIndex((error) => error <= enough)]!;
}

/** If the inputs are the same, L^+ A is the best factor for all of them, without a shift. */
function projected({ weight, left }: LayerToRepair): Repaired {
  return { right: solveLeastSquares(left, weight), ridge: 0 };
}

function ridged(layer: LayerToRepair, { actual, ...moments }: PairedMoments): Repaired[] {
  const range = inputRange(actual);
  const largest = (range.roots[0] ?? 0) ** 2;
  if (largest === 0) return [];
  const now = multiply(multiply(layer.left, layer.right), actual.sums);
  const wanted = targetOf(layer, { actual, ...moments });
  for (let i = 0; i < wanted.data.length; i++) wanted.data[i]! -= now.data[i]!;
  const turned = multiplyTransposedRight(solveLeastSquares(layer.left, wanted), range.basis);
  return RIDGES.map((ridge) => {
    const inverse = range.roots.map((root) => 1 / (root ** 2 + ridge * largest));
    const change = multiply(scaleColumns(turned, inverse), range.basis);
    return { right: sum(layer.right, change), ridge };
  });
}

/** T, m x n. */
function targetOf({ weight, shift }: LayerToRepair, { actual, cross }: PairedMoments): Matrix64 {
  const target = multiply(weight, cross);
  if (shift === undefined) return target;
  for (let i = 0; i < target.rows; i++) {
    for (let j = 0; j < target.cols; j++) {
      target.data[i * target.cols + j]! += actual.rows * shift[i]! * actual.mean[j]!;
    }
  }
  return target;
}

/** ||A X + d||_F^2. */
function squaredTarget({ weight, shift }: LayerToRepair, { original }: PairedMoments): number {
  const squared = squaredOutputs(weight, original);
  if (shift === undefined) return squared;
  const mean = { rows: original.mean.length, cols: 1, data: original.mean };
  const outputs = multiply(weight, mean).data;
  return shift.reduce(
    (total, value, i) => total + original.rows * value * (value + 2 * outputs[i]!),
    squared,
  );
}

/**
 * ||A X + d - L R X'||_F / ||A X + d||_F as a function of R, in O(c n^2) after O(m n^2) once. Errors below about 1e-8 are
 * lost in the rounding of the moments.
 */
export function errorOn(layer: LayerToRepair, moments: PairedMoments): ErrorOf {
  const whole = squaredTarget(layer, moments);
  const along = multiplyTransposedLeft(layer.left, targetOf(layer, moments));
  const across = multiplyTransposedLeft(layer.left, layer.left);
  return (right) => {
    const outputs = innerProduct(multiply(across, right), multiply(right, moments.actual.sums));
    const error = Math.sqrt(Math.max(0, whole - 2 * innerProduct(right, along) + outputs));
    return error === 0 ? 0 : error / Math.sqrt(whole);
  };
}

function sum(a: Matrix, b: Matrix64): Matrix64 {
  return { ...b, data: b.data.map((value, i) => value + a.data[i]!) };
}
