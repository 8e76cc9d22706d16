/**
 * The training images that a layer is fitted to, and others to measure the result. Both are drawn from each class by
 * its share, always the same ones.
 */
import type { Samples } from '../../datasets/samples.ts';
import { stratifiedSplit } from '../../datasets/split.ts';
import { subset } from '../../datasets/subset.ts';
import { randomStream } from '../../linalg/random.ts';

export interface ImagesAsked {
  /** At most. */
  readonly images: number;
  /** At most, and at most a quarter of the training images. */
  readonly heldOut: number;
}

/** The two have no image in common. The second can be empty. */
export function calibrationImages(
  samples: Samples,
  { images, heldOut }: ImagesAsked,
): { readonly calibration: Samples; readonly heldOut: Samples } {
  const draw = (from: Samples, count: number, purpose: string) =>
    stratifiedSplit(from.labels, count, randomStream(0, 'calibration', purpose));
  const { chosen, rest } = draw(
    samples,
    Math.min(heldOut, Math.floor(samples.count / 4)),
    'held out',
  );
  const others = subset(samples, rest);
  const used = draw(others, Math.min(images, others.count), 'images').chosen;
  return { calibration: subset(others, used), heldOut: subset(samples, chosen) };
}
