/** What a training is asked to do: everything but the model and the samples that changes its result. */
export interface TrainingPlan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Factor on the learning rate after each epoch. */
  readonly decay: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** With `classifier`, samples are activations between the two parts, and the features stay. */
  readonly scope: 'all' | 'classifier';
  /** Samples of each epoch: the first of its order; all, if left out. */
  readonly limit?: number;
}
