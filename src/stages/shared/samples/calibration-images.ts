/**
 * The training samples that a layer is fitted to, and others to measure the result. Both are drawn from each class by
 * its share, always the same ones.
 */
import type { Samples } from '../../../datasets/samples.ts';
import { stratifiedSplit } from '../../../datasets/split.ts';
import { subset } from '../../../datasets/subset.ts';
import { randomStream } from '../../../linalg/random.ts';

export interface ImagesAsked {
  /** At most. */
  readonly images: number;
  /** At most, and at most a quarter of the training images. */
  readonly heldOut: number;
}

export interface CalibrationIndices {
  readonly calibration: Uint32Array;
  readonly heldOut: Uint32Array;
}

/** The two have no sample in common. The second can be empty. */
export function calibrationIndices(
  labels: ArrayLike<number>,
  { images, heldOut }: ImagesAsked,
): CalibrationIndices {
  const draw = (from: ArrayLike<number>, count: number, purpose: string) =>
    stratifiedSplit(from, count, randomStream(0, 'calibration', purpose));
  const most = Math.min(heldOut, Math.floor(labels.length / 4));
  const { chosen, rest } = draw(labels, most, 'held out');
  const others = Array.from(rest, (i) => labels[i]!);
  const used = draw(others, Math.min(images, others.length), 'images').chosen;
  return { calibration: used.map((i) => rest[i]!), heldOut: chosen };
}

export function calibrationImages(
  samples: Samples,
  asked: ImagesAsked,
): { readonly calibration: Samples; readonly heldOut: Samples } {
  const { calibration, heldOut } = calibrationIndices(samples.labels, asked);
  return { calibration: subset(samples, calibration), heldOut: subset(samples, heldOut) };
}
