/** How good a network is after an epoch of its training: on images of the training, and on images that are held out. */
import type { Samples } from '../../datasets/samples.ts';
import { subset } from '../../datasets/subset.ts';
import type { Network } from '../model/weights.ts';
import { score } from '../scoring.ts';

export interface EpochScores {
  /** The share of correct predictions on as many training images as are held out, or on all if there are fewer. */
  readonly accuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

export type ScoreEpoch = (network: Network) => Promise<EpochScores>;

export interface EpochScoring {
  readonly train: Samples;
  readonly heldOut: Samples;
  /** The part of the network whose inputs the samples are. */
  readonly scope: 'classifier' | 'all';
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

/** Costs inference on twice the held-out images per epoch. */
export function epochScoring({ train, heldOut, ...options }: EpochScoring): ScoreEpoch {
  const count = Math.min(train.count, heldOut.count);
  const some = subset(
    train,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  return async (network) => {
    const seen = await score(network, some, options);
    const unseen = await score(network, heldOut, options);
    return {
      accuracy: seen.accuracy,
      validationLoss: unseen.loss,
      validationAccuracy: unseen.accuracy,
    };
  };
}
