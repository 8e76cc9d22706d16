/** The curve of a training: a limited number of points, which depend only on its losses and scores. */
import type { CurvePoint } from '../../base/curve.ts';
import type { EpochScores } from './epoch-scores.ts';

export interface TrainingCurve {
  /** Of the whole training. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** The loss of each completed step. */
  readonly losses: Float32Array;
  /** Of each completed epoch. Undefined if the training is not scored. */
  readonly scores: readonly EpochScores[] | undefined;
}

/** About this many points, and one per epoch. */
const POINTS = 1000;

/**
 * The complete points after step `after`. Each has the mean loss of the steps since the point before it. The last point
 * of an epoch has its scores too.
 */
export function* trainingPoints(
  { steps, stepsPerEpoch, losses, scores }: TrainingCurve,
  after = 0,
): Generator<CurvePoint> {
  const length = Math.min(stepsPerEpoch, Math.ceil(steps / POINTS));
  for (let start = after; start < losses.length; ) {
    const epoch = Math.floor(start / stepsPerEpoch) + 1;
    const step = Math.min(start + length, epoch * stepsPerEpoch);
    const isLast = step === epoch * stepsPerEpoch;
    const scored = isLast ? scores?.[epoch - 1] : undefined;
    if (step > losses.length || (isLast && scores && !scored)) return;
    const loss = rounded(mean(losses.subarray(start, step)));
    yield { step, epoch, values: { loss, ...(scored && valuesOf(scored)) } };
    start = step;
  }
}

function valuesOf({ accuracy, validationLoss, validationAccuracy }: EpochScores) {
  return {
    accuracy: rounded(accuracy),
    validation_loss: rounded(validationLoss),
    validation_accuracy: rounded(validationAccuracy),
  };
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** More digits would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
