/**
 * The graph of the steps of a training: its variables, one program per batch size, and the program that assigns the
 * initial values of the variables.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '../../model/parameters.ts';
import type { LossAndGradients, TrainingState } from '../../training/state.ts';
import type { StepsOptions } from '../../training/steps.ts';
import { float32 } from './graphs/attributes.ts';
import { GraphBuilder, type GraphNode, type Output } from './graphs/graph.ts';
import { Recent } from './graphs/recent.ts';
import { assigned, given, type Variable, variable } from './graphs/variables.ts';
import { type Slot, type StepProgram, stepProgram } from './step-program.ts';

export interface StepGraph {
  readonly nodes: readonly GraphNode[];
  /** The learning-rate multipliers of the parameters, in the order of the parameters. */
  readonly slots: readonly Slot[];
  readonly statistics: readonly Variable[];
  /** For batches of `count` samples: of exactly this size, or filled up to the size of a program. */
  sizeFor(count: number): number;
  /** By the size of the batch. */
  readonly programs: ReadonlyMap<number, StepProgram>;
  /**
   * `done` is computed after everything has its initial value: weights, statistics, fixed weights and, if a training is
   * continued, first and second moments are `given` in that order.
   */
  readonly start: { readonly given: readonly Output[]; readonly done: Output };
}

/**
 * The graph depends on the options and on the shapes of `state`. Values only pass through the graph while it is traced.
 * Tracing takes as long as ten steps of a small network, and a sweep has many networks of the same shapes, so recent
 * graphs are kept.
 */
export function stepGraph(
  options: StepsOptions,
  state: TrainingState,
  lossAndGradients: LossAndGradients,
): StepGraph {
  const { layers, batches, batchSizes, weightDecay, copies, multipliers, adam } = options;
  const extents = (parameters: Parameters) =>
    Array.from(parameters, ([name, { shape }]) => [name, shape]);
  const key = JSON.stringify([
    ...[
      layers,
      batches.shape,
      batches.classes,
      batchSizes,
      weightDecay,
      [...copies],
      [...multipliers],
    ],
    ...[extents(state.parameters), extents(state.statistics), extents(state.fixed)],
    adam !== undefined,
  ]);
  return recent.get(key, () => makeStepGraph(options, state, lossAndGradients));
}

const recent = new Recent<StepGraph>({ limit: 64 });

function makeStepGraph(
  options: StepsOptions,
  state: TrainingState,
  lossAndGradients: LossAndGradients,
): StepGraph {
  const builder = new GraphBuilder();
  const variables = (tensors: Iterable<tf.Tensor>) =>
    Array.from(tensors, ({ rank }) => variable(builder, rank));
  const slots: readonly Slot[] = [...state.parameters].map(([name, { rank }]) => ({
    weight: variable(builder, rank),
    first: variable(builder, rank),
    second: variable(builder, rank),
    multiplier: options.multipliers.get(name) ?? 1,
  }));
  const statistics = variables(state.statistics.values());
  const fixed = variables(state.fixed.values());
  // Smaller batches are filled up, unless a batch norm would include the filling.
  const largest = Math.max(...options.batchSizes);
  const sizeFor = (count: number) => (statistics.length > 0 ? count : largest);
  const programs = new Map(
    [...new Set(options.batchSizes.map(sizeFor))].map((size) => {
      const anyBatch = new Uint32Array(size);
      const variables = { slots, statistics, fixed };
      const program = { ...options, anyBatch, state, lossAndGradients, ...variables };
      return [size, stepProgram(builder, program)];
    }),
  );
  const start = startOf(builder, slots, [...statistics, ...fixed], options.adam !== undefined);
  return { nodes: builder.nodes, slots, statistics, sizeFor, programs, start };
}

function startOf(
  builder: GraphBuilder,
  slots: readonly Slot[],
  others: readonly Variable[],
  saved: boolean,
): StepGraph['start'] {
  const weights = given(builder, [...slots.map(({ weight }) => weight), ...others]);
  const moments = [...slots.map(({ first }) => first), ...slots.map(({ second }) => second)];
  const all = [...weights, ...(saved ? given(builder, moments) : [])];
  const zeros = saved
    ? []
    : moments.map((moment, index) => {
        const [, weight] = weights[index % slots.length]!;
        return [moment, builder.add('ZerosLike', [weight], { T: float32 })] as const;
      });
  return {
    given: all.map(([, output]) => output),
    done: assigned(builder, [...all, ...zeros]),
  };
}
