import type { TrainingScope } from './trained-parameters.ts';

/** The options of a training: everything except the model and the samples that changes its result. */
export interface TrainingPlan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Multiplies the learning rate after each epoch. */
  readonly decay: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** The part to train. `sampledPart` says which samples that needs. */
  readonly scope: TrainingScope;
  /** Samples per epoch: the first in its order. The default is all. */
  readonly limit?: number;
}
