/**
 * The state of a training between two steps: all that it needs to continue to the same bytes.
 *
 * The order of the samples and the dropout masks are functions of seed, epoch and step, so the weights,
 * the statistics of batch norms, the moments of Adam and the running losses are the whole state.
 */
import type { Weights } from '../model/weights.ts';
import type { AdamState } from './adam-state.ts';

export interface CheckpointState {
  /** Steps done since the beginning, over all epochs. */
  readonly step: number;
  /** The trained weights, in PyTorch's names and layout. */
  readonly weights: Weights;
  /** The running statistics of the trained batch norms. */
  readonly statistics: Weights;
  /** Moments in the backend's layout, in the order of `weights`. */
  readonly adam: AdamState;
  /** Mean loss of each epoch that is over. */
  readonly losses: readonly number[];
  /** Sum of the losses of the current epoch's steps, as the backend adds them up. */
  readonly lossSum: number;
}

export interface CheckpointStore {
  readonly intervalSeconds: number;
  load(): CheckpointState | undefined;
  save(state: CheckpointState): void;
}
