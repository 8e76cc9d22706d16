/**
 * Weights of a dense layer behind a pool that only copies are folded once per step, not once per micro-batch. They
 * can't be trained as sums if there is weight decay.
 */
import * as tf from '@tensorflow/tfjs-core';
import { foldCopies, spreadCopies } from '../../kernels/copies.ts';
import type { Copies } from '../../model/copied-inputs.ts';
import { disposeParameters, type Parameters } from '../../model/parameters.ts';
import type { TrainingState } from '../../training/state.ts';
import type { GraphBuilder, Output } from './graphs/graph.ts';
import { trace } from './graphs/tracing.ts';

export interface FoldedState {
  /** The parameters, in which foldable weights are folded. */
  readonly state: TrainingState;
  /** All of the state in the graph: parameters, statistics, then fixed weights. */
  readonly values: readonly Output[];
  /** Converts gradients of folded weights to gradients of the parameters; passes on the others. */
  unfold(gradients: readonly Output[]): readonly Output[];
  dispose(): void;
}

/** `values` are the outputs of all of `state`, in the order of `FoldedState.values`; `copies` lists the weights to fold. */
export function foldedState(
  builder: GraphBuilder,
  state: TrainingState,
  copies: Copies,
  values: readonly Output[],
): FoldedState {
  const all = new Map([...state.parameters, ...state.statistics, ...state.fixed]);
  const folded: Parameters = new Map(
    [...copies].map(([name, count]) => {
      return [name, tf.tidy(() => foldCopies(all.get(name) as tf.Tensor2D, count))];
    }),
  );
  const names = [...all.keys()];
  const replaced = (parameters: Parameters) =>
    new Map([...parameters].map(([name, tensor]) => [name, folded.get(name) ?? tensor]));
  const include = (
    compute: (tensor: tf.Tensor2D, copies: number) => tf.Tensor2D,
    tensors: Parameters,
    outputs: readonly Output[],
  ) =>
    outputs.map((output, index) => {
      const count = copies.get(names[index]!);
      if (count === undefined) return output;
      const tensor = tensors.get(names[index]!) as tf.Tensor2D;
      const traced = trace((given) => [compute(given(tensor), count)]);
      return builder.include(traced, [output])[0]!;
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
