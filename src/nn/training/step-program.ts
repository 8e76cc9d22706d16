/** One step of a training in a graph: what it is given, and the loss that comes out of it. */
import type * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../graphs/attributes.ts';
import type { GraphBuilder, Output } from '../graphs/graph.ts';
import { halvesOf } from '../graphs/halves.ts';
import { record } from '../graphs/recording.ts';
import type { Variable } from '../graphs/variables.ts';
import { momentum } from '../kernels/batch-norm.ts';
import { type DropoutLayer, dropoutMask } from '../kernels/dropout.ts';
import { beta1, beta2 } from './adam-state.ts';
import { foldedState } from './folded-state.ts';
import { lossAndGradients, type TrainingState } from './gradients.ts';
import type { StepsOptions } from './steps.ts';

export interface StepProgram {
  readonly samples: Output;
  readonly truth: Output;
  readonly masks: readonly { readonly output: Output; readonly dropout: DropoutLayer }[];
  /** Scalars of Adam, as `scalarsOf` has them. */
  readonly rate: Output;
  readonly epsilon: Output;
  /** Of the batch, before the step; whoever asks for it has the step done. */
  readonly loss: Output;
}

/** A weight and its moments. */
export interface Slot {
  readonly weight: Variable;
  readonly first: Variable;
  readonly second: Variable;
  /** How many times the learning rate it has. */
  readonly pace: number;
}

export interface StepProgramOptions
  extends Pick<StepsOptions, 'layers' | 'batches' | 'weightDecay' | 'copies'> {
  /** Of the size that all batches of this program have: the shapes in a graph are fixed. */
  readonly anyBatch: Uint32Array;
  readonly state: TrainingState;
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
  // A batch norm takes the statistics of the whole batch.
  const all = { first: 0, count: anyBatch.length };
  const parts = statistics.length > 0 ? [all] : halvesOf(anyBatch.length, options.layers);
  const recordings = new Map(
    parts.map(({ count }) => [count, recorded({ ...options, state: folded.state }, count)]),
  );
  const { inputs: shapes, dropouts } = recordings.get(parts[0]!.count)!;
  const whole = shapes.map(([, ...rest]) => [anyBatch.length, ...rest]);
  const inputs = whole.map((shape) => builder.placeholder(shape));
  const results = parts.map(({ first, count }) => {
    const rows = inputs.map((input, index) => builder.rows(input, whole[index]!, first, count));
    return builder.include(recordings.get(count)!.recording, [...folded.values, ...rows]);
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
 * Loss and gradients on `count` samples of a batch: of the parameters, the statistics, what is fixed, and then of
 * what has the shapes `inputs`, which are samples, truth and masks.
 */
function recorded({ layers, batches, state, anyBatch }: StepProgramOptions, count: number) {
  const part = anyBatch.subarray(0, count);
  const inputs: (readonly number[])[] = [];
  const dropouts: DropoutLayer[] = [];
  const recording = record((given) => {
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
      return input(dropoutMask(dropout, { seed: 0, step: 0 }));
    };
    const { value, grads } = lossAndGradients(layers, state, { samples, truth, mask });
    return [value, ...grads];
  });
  return { recording, inputs, dropouts };
}

/**
 * One step of Adam, in TensorFlow's own kernel, once the nodes from number `begin` on have read the weight: a
 * variable that something still reads is copied before it is changed.
 */
function adam(
  builder: GraphBuilder,
  { weight, first, second, pace }: Slot,
  gradient: Output,
  { rate, epsilon, decay }: { rate: Output; epsilon: Output; decay: number },
  begin: number,
): Output {
  const T = { T: float32 };
  const decayed = () => {
    const product = builder.add('Mul', [weight.value, builder.scalar(decay)], T);
    return builder.add('AddV2', [gradient, product], T);
  };
  // The powers of the betas are in the rate already, in double precision.
  const powers = [builder.scalar(0), builder.scalar(0)];
  const betas = [builder.scalar(beta1), builder.scalar(beta2)];
  const handles = [weight.handle, first.handle, second.handle];
  const last = decay === 0 ? gradient : decayed();
  const own = pace === 1 ? rate : builder.add('Mul', [rate, builder.scalar(pace)], T);
  const inputs = [...handles, ...powers, own, ...betas, epsilon, last];
  return builder.add('ResourceApplyAdam', inputs, T, builder.readersOf(weight.value, begin));
}

/** A running statistic, towards that of the batch, once the nodes from number `begin` on have read it. */
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
