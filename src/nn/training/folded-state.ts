/**
 * Weights that are larger than what they do, folded once a step and not once a part of its batch: those of a dense
 * layer behind a pool that only copies.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { foldedWeights } from '../folded-weights.ts';
import type { GraphBuilder, Output } from '../graphs/graph.ts';
import { record } from '../graphs/recording.ts';
import { foldCopies, spreadCopies } from '../kernels/pooling.ts';
import { disposeParameters, type Parameters } from '../model/parameters.ts';
import type { TrainingState } from './gradients.ts';
import type { StepsOptions } from './steps.ts';

export interface FoldedState {
  /** With folded weights in the place of those that can be. */
  readonly state: TrainingState;
  /** All of the state in the graph: parameters, statistics, then what is fixed. */
  readonly values: readonly Output[];
  /** Gradients of the parameters themselves, from those of the folded ones; others are handed on. */
  unfold(gradients: readonly Output[]): readonly Output[];
  dispose(): void;
}

/** `values` are the outputs of all of `state`, in the order of `FoldedState.values`. */
export function foldedState(
  builder: GraphBuilder,
  { layers, batches, state }: Pick<StepsOptions, 'layers' | 'batches'> & { state: TrainingState },
  values: readonly Output[],
): FoldedState {
  const all = new Map([...state.parameters, ...state.statistics, ...state.fixed]);
  const sample = batches.tensor(Uint32Array.of(0));
  const folded = foldedWeights(layers, all, sample);
  sample.dispose();
  const names = [...all.keys()];
  const replaced = (parameters: Parameters) =>
    new Map([...parameters].map(([name, tensor]) => [name, folded.get(name) ?? tensor]));
  const copiesOf = (name: string) => {
    const narrow = folded.get(name);
    return narrow && all.get(name)!.shape[1]! / narrow.shape[1];
  };
  const include = (
    compute: (tensor: tf.Tensor2D, copies: number) => tf.Tensor2D,
    tensors: Parameters,
    outputs: readonly Output[],
  ) =>
    outputs.map((output, index) => {
      const copies = copiesOf(names[index]!);
      if (copies === undefined) return output;
      const tensor = tensors.get(names[index]!) as tf.Tensor2D;
      const recording = record((given) => [compute(given(tensor), copies)]);
      return builder.include(recording, [output])[0]!;
    });
  return {
    state: {
      parameters: replaced(state.parameters),
      statistics: state.statistics,
      fixed: replaced(state.fixed),
    },
    values: include(foldCopies, all, values),
    unfold: (gradients) => include(spreadCopies, folded, gradients),
    dispose: () => disposeParameters(folded),
  };
}
