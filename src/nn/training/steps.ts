/** The steps of a training. Their implementation owns the trained weights. */
import type { Batches } from '../batch.ts';
import type { DropoutLayer } from '../kernels/dropout.ts';
import type { Copies } from '../model/copied-inputs.ts';
import type { Layer } from '../model/description.ts';
import type { Weights } from '../model/weights.ts';
import type { AdamState } from './adam-state.ts';
import type { LossAndGradients } from './state.ts';
import type { Loss } from './step-losses.ts';

export interface Steps {
  /** Runs step number `step` since the beginning on one batch. Returns the loss before the step. */
  advance(indices: Uint32Array, step: number, learningRate: number): Loss;
  /** The current trained weights. */
  weights(): Promise<Weights>;
  /** The statistics of trained batch norms. */
  statistics(): Promise<Weights>;
  adam(): Promise<AdamState>;
  dispose(): void;
}

export interface StepsOptions {
  readonly layers: readonly Layer[];
  readonly batches: Batches;
  /** The sizes of the batches. */
  readonly batchSizes: readonly number[];
  readonly seed: number;
  readonly weightDecay: number;
  /** The trained weights that could be folded in each step: none if they are given as sums. */
  readonly copies: Copies;
  /** By weight name: the number by which its learning rate is multiplied. 1 for other weights. */
  readonly multipliers: ReadonlyMap<string, number>;
  readonly trained: Weights;
  readonly statistics: Weights;
  readonly fixed: Weights;
  readonly adam?: AdamState | undefined;
}

/** The plain functions that a form of the steps is made from. */
export interface StepsCode {
  readonly lossAndGradients: LossAndGradients;
  /** Writes the mask of a layer at a step into `mask`. */
  fillDropoutMask(
    layer: Omit<DropoutLayer, 'shape'>,
    place: { readonly seed: number; readonly step: number },
    mask: Float32Array,
  ): void;
}

/** Does every training that the plain code does (`single-steps.ts`). */
export type StepsForm = (options: StepsOptions, code: StepsCode) => Steps;
