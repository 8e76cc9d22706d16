/** A forward pass as one TensorFlow graph, which contains the weights. */
import * as tf from '@tensorflow/tfjs-core';
import type { Forward } from '../../inference-form.ts';
import { convolves, type Layer } from '../../model/description.ts';
import type { Parameters } from '../../model/parameters.ts';
import { GraphBuilder, type Output } from './graphs/graph.ts';
import { microBatches } from './graphs/micro-batches.ts';
import { Recent } from './graphs/recent.ts';
import { openSession } from './graphs/session.ts';
import { trace } from './graphs/tracing.ts';
import { ANY, assigned, given, variable } from './graphs/variables.ts';

export interface InferenceGraph {
  /** The outputs for `rows` samples, which are one after the other in `values`. */
  run(values: Float32Array, rows: number): Float32Array;
  dispose(): void;
}

export interface InferenceGraphOptions {
  /** The shape of one sample. */
  readonly shape: readonly number[];
  /** The sizes that batches will have. Layers without convolutions accept any size. */
  readonly sizes: readonly number[];
  readonly forward: Forward;
}

export function inferenceGraph(
  layers: readonly Layer[],
  parameters: Parameters,
  options: InferenceGraphOptions,
): InferenceGraph {
  const { shape, sizes } = options;
  const tensors = [...parameters.values()];
  // The graph depends on the shapes of the parameters, not on their values.
  const key = JSON.stringify([layers, shape, sizes, tensors.map((tensor) => tensor.shape)]);
  const graph = recent.get(key, () => makeGraph(layers, parameters, options));
  const { nodes, programFor, initial, done } = graph;
  const session = openSession(nodes, tensors);
  const weights = new Map(initial.map((output, index) => [output, tensors[index]!]));
  tf.dispose(session.run(weights, [done]));
  return {
    run: (values, rows) => {
      const { batch, output } = programFor(rows);
      return session.compute([{ output: batch, shape: [rows, ...shape], values }], output);
    },
    dispose: () => session.close(),
  };
}

const recent = new Recent<ReturnType<typeof makeGraph>>({ limit: 64 });

function makeGraph(
  layers: readonly Layer[],
  parameters: Parameters,
  { shape, sizes, forward }: InferenceGraphOptions,
) {
  const builder = new GraphBuilder();
  const variables = Array.from(parameters.values(), ({ rank }) => variable(builder, rank));
  const outputOf = (batch: Output, rows: number) => {
    const traced = trace((input) => {
      for (const tensor of parameters.values()) input(tensor);
      return [forward(layers, parameters, input(tf.zeros([rows, ...shape])))];
    });
    return builder.include(traced, [...variables.map(({ value }) => value), batch])[0]!;
  };
  const inMicroBatches = (size: number) => {
    const whole = [size, ...shape];
    const batch = builder.placeholder(whole);
    const outputs = microBatches(size, layers).map(({ first, count }) =>
      outputOf(builder.rows(batch, whole, first, count), count),
    );
    return { batch, output: builder.stacked(outputs) };
  };
  const ofAnySize = () => {
    const batch = builder.placeholder([ANY, ...shape]);
    return { batch, output: outputOf(batch, 1) };
  };
  const sized = convolves(layers);
  const programs = sized ? sizes.map(inMicroBatches) : [ofAnySize()];
  const initial = given(builder, variables);
  return {
    nodes: builder.nodes,
    programFor: (size: number) => programs[sized ? sizes.indexOf(size) : 0]!,
    initial: initial.map(([, output]) => output),
    done: assigned(builder, initial),
  };
}
