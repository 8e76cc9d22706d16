/**
 * The graph of a training's steps: what it keeps, one program for each size of a batch, and what gives all that it
 * keeps its first values.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../graphs/attributes.ts';
import { GraphBuilder, type GraphNode, type Output } from '../graphs/graph.ts';
import { Recent } from '../graphs/recent.ts';
import { assigned, given, type Variable, variable } from '../graphs/variables.ts';
import type { Parameters } from '../model/parameters.ts';
import type { TrainingState } from './gradients.ts';
import { type Slot, type StepProgram, stepProgram } from './step-program.ts';
import type { StepsOptions } from './steps.ts';

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
 * Of the options it is all but values that make the graph, and those of `state` only run through it while it is
 * recorded. That takes as long as ten steps of a small network, of which a sweep has many alike.
 */
export function stepGraph(options: StepsOptions, state: TrainingState): StepGraph {
  const { layers, batches, batchSizes, weightDecay, copies, paces, adam } = options;
  const extents = (parameters: Parameters) =>
    Array.from(parameters, ([name, { shape }]) => [name, shape]);
  const key = JSON.stringify([
    ...[layers, batches.shape, batches.classes, batchSizes, weightDecay, [...copies], [...paces]],
    ...[extents(state.parameters), extents(state.statistics), extents(state.fixed)],
    adam !== undefined,
  ]);
  return recent.get(key, () => makeStepGraph(options, state));
}

const recent = new Recent<StepGraph>(64);

function makeStepGraph(options: StepsOptions, state: TrainingState): StepGraph {
  const builder = new GraphBuilder();
  const variables = (tensors: Iterable<tf.Tensor>) =>
    Array.from(tensors, ({ rank }) => variable(builder, rank));
  const slots: readonly Slot[] = [...state.parameters].map(([name, { rank }]) => ({
    weight: variable(builder, rank),
    first: variable(builder, rank),
    second: variable(builder, rank),
    pace: options.paces.get(name) ?? 1,
  }));
  const statistics = variables(state.statistics.values());
  const fixed = variables(state.fixed.values());
  // Smaller batches are filled up, but where a batch norm would count what fills them.
  const largest = Math.max(...options.batchSizes);
  const sizeFor = (count: number) => (statistics.length > 0 ? count : largest);
  const programs = new Map(
    [...new Set(options.batchSizes.map(sizeFor))].map((size) => {
      const anyBatch = new Uint32Array(size);
      return [
        size,
        stepProgram(builder, { ...options, anyBatch, state, slots, statistics, fixed }),
      ];
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
