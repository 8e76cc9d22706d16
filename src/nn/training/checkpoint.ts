/**
 * The state of a training between two steps: everything that it needs to continue to the same bytes.
 *
 * The order of the samples and the dropout masks are functions of seed, epoch and step. So the state consists of the
 * weights, the statistics of batch norms, the moments of Adam, the losses of the steps and the scores of the epochs.
 */
import type { Weights } from '../model/weights.ts';
import type { AdamState } from './adam-state.ts';
import type { EpochScores } from './epoch-scores.ts';

export interface CheckpointState {
  /** The number of steps since the beginning, over all epochs. */
  readonly step: number;
  /** The trained weights, in PyTorch's names and layout. */
  readonly weights: Weights;
  /** The running statistics of the trained batch norms. */
  readonly statistics: Weights;
  /** Moments in the backend's layout, in the order of `weights`. */
  readonly adam: AdamState;
  /** The loss of each completed step. */
  readonly losses: Float32Array;
  /** Of each completed epoch, if the training is scored. */
  readonly scores?: readonly EpochScores[];
}

export interface CheckpointStore {
  readonly intervalSeconds: number;
  load(): CheckpointState | undefined;
  save(state: CheckpointState): void;
}
