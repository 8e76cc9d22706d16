import type { TrainingScope } from './trained-parameters.ts';

/** What a training is asked to do: everything but the model and the samples that changes its result. */
export interface TrainingPlan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Factor on the learning rate after each epoch. */
  readonly decay: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** What is trained. `sampledPart` says what samples that takes. */
  readonly scope: TrainingScope;
  /** Samples of each epoch: the first of its order; all, if left out. */
  readonly limit?: number;
}
