/**
 * The graph of a training's steps: its variables, one program per size of a batch, and the program that gives the
 * variables their first values.
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
  /** Of the parameters, in their order. */
  readonly slots: readonly Slot[];
  readonly statistics: readonly Variable[];
  /** For batches of `count` samples: as it is, or filled up to a size that it has a program for. */
  sizeFor(count: number): number;
  /** By the size of the batch. */
  readonly programs: ReadonlyMap<number, StepProgram>;
  /**
   * `done` is there once all has its first value: weights, statistics, what is fixed and, of a training that goes
   * on, first and second moments are `given` in that order.
   */
  readonly start: { readonly given: readonly Output[]; readonly done: Output };
}

/**
 * The graph depends on the options and on the shapes of `state`, not on its values, which only run through the graph
 * while it is traced. Tracing takes as long as ten steps of a small network, and a sweep has many alike networks, so
 * recent graphs are kept.
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
  // Smaller batches are filled up, except where a batch norm would count the filling.
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
