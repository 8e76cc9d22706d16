/** A forward pass as one TensorFlow graph, its weights in it. */
import * as tf from '@tensorflow/tfjs-core';
import { forward } from './forward.ts';
import { GraphBuilder, type Output } from './graphs/graph.ts';
import { halvesOf } from './graphs/halves.ts';
import { Recent } from './graphs/recent.ts';
import { record } from './graphs/recording.ts';
import { openSession } from './graphs/session.ts';
import { ANY, assigned, given, variable } from './graphs/variables.ts';
import { convolves, type Layer } from './model/description.ts';
import type { Parameters } from './model/parameters.ts';

export interface InferenceGraph {
  /** What comes out for `rows` samples, which lie one after the other in `values`. */
  run(values: Float32Array, rows: number): Float32Array;
  dispose(): void;
}

/**
 * For samples of `shape` in batches of one of `sizes`; layers without convolutions take any size. Only on the backend
 * `tensorflow`.
 */
export function inferenceGraph(
  layers: readonly Layer[],
  parameters: Parameters,
  shape: readonly number[],
  sizes: readonly number[],
): InferenceGraph {
  const tensors = [...parameters.values()];
  // Of the parameters it is not the values that make the graph.
  const key = JSON.stringify([layers, shape, sizes, tensors.map((tensor) => tensor.shape)]);
  const graph = recent.get(key, () => makeGraph(layers, parameters, shape, sizes));
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

const recent = new Recent<ReturnType<typeof makeGraph>>(64);

function makeGraph(
  layers: readonly Layer[],
  parameters: Parameters,
  shape: readonly number[],
  sizes: readonly number[],
) {
  const builder = new GraphBuilder();
  const variables = Array.from(parameters.values(), ({ rank }) => variable(builder, rank));
  const outputOf = (batch: Output, rows: number) => {
    const recording = recorded(layers, parameters, [rows, ...shape]);
    return builder.include(recording, [...variables.map(({ value }) => value), batch])[0]!;
  };
  const inHalves = (size: number) => {
    const whole = [size, ...shape];
    const batch = builder.placeholder(whole);
    const outputs = halvesOf(size, layers).map(({ first, count }) =>
      outputOf(builder.rows(batch, whole, first, count), count),
    );
    return { batch, output: builder.stacked(outputs) };
  };
  const ofAnySize = () => {
    const batch = builder.placeholder([ANY, ...shape]);
    return { batch, output: outputOf(batch, 1) };
  };
  const sized = convolves(layers);
  const programs = sized ? sizes.map(inHalves) : [ofAnySize()];
  const initial = given(builder, variables);
  return {
    nodes: builder.nodes,
    programFor: (size: number) => programs[sized ? sizes.indexOf(size) : 0]!,
    initial: initial.map(([, output]) => output),
    done: assigned(builder, initial),
  };
}

function recorded(layers: readonly Layer[], parameters: Parameters, shape: readonly number[]) {
  return record((input) => {
    for (const tensor of parameters.values()) input(tensor);
    return [forward(layers, parameters, input(tf.zeros([...shape])), { fold: true })];
  });
}
