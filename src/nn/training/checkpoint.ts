/**
 * The state of a training between two steps: everything that it needs to continue to the same bytes.
 *
 * The order of the samples and the dropout masks are functions of seed, epoch and step. So the state consists of the
 * weights, the statistics of batch norms, the moments of Adam and the running losses.
 */
import type { Weights } from '../model/weights.ts';
import type { AdamState } from './adam-state.ts';

export interface CheckpointState {
  /** The number of steps since the beginning, over all epochs. */
  readonly step: number;
  /** The trained weights, in PyTorch's names and layout. */
  readonly weights: Weights;
  /** The running statistics of the trained batch norms. */
  readonly statistics: Weights;
  /** Moments in the backend's layout, in the order of `weights`. */
  readonly adam: AdamState;
  /** Mean loss of each completed epoch. */
  readonly losses: readonly number[];
  /** Sum of the losses of the current epoch's steps, in the arithmetic of the backend. */
  readonly lossSum: number;
}

export interface CheckpointStore {
  readonly intervalSeconds: number;
  load(): CheckpointState | undefined;
  save(state: CheckpointState): void;
}
