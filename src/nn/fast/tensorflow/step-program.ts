/** One step of a training in a graph: its inputs, and the loss. */
import * as tf from '@tensorflow/tfjs-core';
import type { DropoutLayer } from '../../kernels/dropout.ts';
import { beta1, beta2 } from '../../training/adam-state.ts';
import { type LossAndGradients, momentum, type TrainingState } from '../../training/state.ts';
import type { StepsOptions } from '../../training/steps.ts';
import { foldedState } from './folded-state.ts';
import { float32 } from './graphs/attributes.ts';
import type { GraphBuilder, Output } from './graphs/graph.ts';
import { microBatches } from './graphs/micro-batches.ts';
import { trace } from './graphs/tracing.ts';
import type { Variable } from './graphs/variables.ts';

export interface StepProgram {
  readonly samples: Output;
  readonly truth: Output;
  readonly masks: readonly { readonly output: Output; readonly dropout: DropoutLayer }[];
  /** Scalars of Adam, in the order of `scalarsOf`. */
  readonly rate: Output;
  readonly epsilon: Output;
  /** The loss of the batch before the step. Reading it runs the step. */
  readonly loss: Output;
}

/** A weight and its moments. */
export interface Slot {
  readonly weight: Variable;
  readonly first: Variable;
  readonly second: Variable;
  /** The learning rate is multiplied by this. 1 for most weights. */
  readonly multiplier: number;
}

export interface StepProgramOptions
  extends Pick<StepsOptions, 'layers' | 'batches' | 'weightDecay' | 'copies'> {
  /** The batch size of this program: the shapes in a graph are fixed. */
  readonly anyBatch: Uint32Array;
  readonly state: TrainingState;
  readonly lossAndGradients: LossAndGradients;
  readonly slots: readonly Slot[];
  readonly statistics: readonly Variable[];
  readonly fixed: readonly Variable[];
}

export function stepProgram(builder: GraphBuilder, options: StepProgramOptions): StepProgram {
  const { slots, statistics, fixed, anyBatch } = options;
  const begin = builder.nodes.length;
  const variables = [...slots.map(({ weight }) => weight), ...statistics, ...fixed];
  const folded = foldedState(
    builder,
    options.state,
    options.copies,
    variables.map(({ value }) => value),
  );
  // A batch norm uses the statistics of the full batch.
  const all = { first: 0, count: anyBatch.length };
  const parts = statistics.length > 0 ? [all] : microBatches(anyBatch.length, options.layers);
  const traces = new Map(
    parts.map(({ count }) => [count, tracedPart({ ...options, state: folded.state }, count)]),
  );
  const { inputs: shapes, dropouts } = traces.get(parts[0]!.count)!;
  const whole = shapes.map(([, ...rest]) => [anyBatch.length, ...rest]);
  const inputs = whole.map((shape) => builder.placeholder(shape));
  const results = parts.map(({ first, count }) => {
    const rows = inputs.map((input, index) => builder.rows(input, whole[index]!, first, count));
    return builder.include(traces.get(count)!.traced, [...folded.values, ...rows]);
  });
  const [value, ...sums] = results[0]!.map((_, index) =>
    builder.sum(results.map((outputs) => outputs[index]!)),
  );
  const gradients = folded.unfold(sums);
  folded.dispose();
  const [rate, epsilon] = [builder.placeholder([]), builder.placeholder([])];
  const scale = { rate, epsilon, decay: options.weightDecay };
  const updates = [
    ...slots.map((slot, index) => adam(builder, slot, gradients[index]!, scale, begin)),
    ...statistics.map((statistic, index) =>
      move(builder, statistic, gradients[slots.length + index]!, begin),
    ),
  ];
  const loss = builder.add('Identity', [value!], { T: float32 }, updates);
  const [samples, truth, ...masks] = inputs;
  return {
    ...{ samples: samples!, truth: truth!, rate, epsilon, loss },
    masks: masks.map((output, index) => {
      const { layer, rate: share } = dropouts[index]!;
      return { output, dropout: { layer, rate: share, shape: whole[index + 2]! } };
    }),
  };
}

/**
 * Loss and gradients on `count` samples of a batch. The inputs of the trace are the parameters, the statistics, the
 * fixed weights, and then samples, truth and masks, whose shapes are `inputs`.
 */
function tracedPart(
  { layers, batches, state, anyBatch, lossAndGradients }: StepProgramOptions,
  count: number,
) {
  const part = anyBatch.subarray(0, count);
  const inputs: (readonly number[])[] = [];
  const dropouts: DropoutLayer[] = [];
  const traced = trace((given) => {
    const input = <T extends tf.Tensor>(tensor: T): T => {
      inputs.push(tensor.shape);
      return given(tensor);
    };
    for (const tensors of [state.parameters, state.statistics, state.fixed]) {
      for (const tensor of tensors.values()) given(tensor);
    }
    const [samples, truth] = [input(batches.tensor(part)), input(batches.truth(part))];
    const mask = (dropout: DropoutLayer) => {
      dropouts.push(dropout);
      return input(tf.zeros([...dropout.shape]));
    };
    const { value, grads } = lossAndGradients(layers, state, { samples, truth, mask });
    return [value, ...grads];
  });
  return { traced, inputs, dropouts };
}

/**
 * One step of Adam with TensorFlow's own kernel. It runs after all nodes from number `begin` on have read the weight:
 * TensorFlow copies a variable that is still being read before it changes it.
 */
function adam(
  builder: GraphBuilder,
  { weight, first, second, multiplier }: Slot,
  gradient: Output,
  { rate, epsilon, decay }: { rate: Output; epsilon: Output; decay: number },
  begin: number,
): Output {
  const T = { T: float32 };
  const decayed = () => {
    const product = builder.add('Mul', [weight.value, builder.scalar(decay)], T);
    return builder.add('AddV2', [gradient, product], T);
  };
  // The rate already contains the powers of the betas, in double precision.
  const powers = [builder.scalar(0), builder.scalar(0)];
  const betas = [builder.scalar(beta1), builder.scalar(beta2)];
  const handles = [weight.handle, first.handle, second.handle];
  const last = decay === 0 ? gradient : decayed();
  const own = multiplier === 1 ? rate : builder.add('Mul', [rate, builder.scalar(multiplier)], T);
  const inputs = [...handles, ...powers, own, ...betas, epsilon, last];
  return builder.add('ResourceApplyAdam', inputs, T, builder.readersOf(weight.value, begin));
}

/** Moves a running statistic towards that of the batch, after all nodes from number `begin` on have read it. */
function move(
  builder: GraphBuilder,
  { handle, value }: Variable,
  gradient: Output,
  begin: number,
): Output {
  const by = builder.add('Mul', [gradient, builder.scalar(momentum)], { T: float32 });
  const attributes = { dtype: float32 };
  return builder.add(
    'AssignSubVariableOp',
    [handle, by],
    attributes,
    builder.readersOf(value, begin),
  );
}
