/** What does the steps of a training on the backend that is started, and holds what is trained. */
import type { Batches } from '../batch.ts';
import type { Copies } from '../model/copied-inputs.ts';
import type { Layer } from '../model/description.ts';
import type { Weights } from '../model/weights.ts';
import type { AdamState } from './adam-state.ts';
import type { Loss } from './running-loss.ts';

export interface Steps {
  /** Step number `step` since the beginning, on one batch: its loss before that. */
  advance(indices: Uint32Array, step: number, learningRate: number): Loss;
  /** Trained weights, as they are now. */
  weights(): Promise<Weights>;
  /** Of the batch norms that are trained. */
  statistics(): Promise<Weights>;
  adam(): Promise<AdamState>;
  dispose(): void;
}

export interface StepsOptions {
  readonly layers: readonly Layer[];
  readonly batches: Batches;
  /** Sizes of the batches that there will be. */
  readonly batchSizes: readonly number[];
  readonly seed: number;
  readonly weightDecay: number;
  /** Of the trained weights, those that could be folded in each step: none where they are given as sums. */
  readonly copies: Copies;
  /** How many times as fast as the others a weight is trained, by name, where it is. */
  readonly paces: ReadonlyMap<string, number>;
  readonly trained: Weights;
  readonly statistics: Weights;
  readonly fixed: Weights;
  readonly adam?: AdamState | undefined;
}
