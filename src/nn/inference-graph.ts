/** A forward pass as one TensorFlow graph, its weights in it. */
import * as tf from '@tensorflow/tfjs-core';
import { forward } from './forward.ts';
import { GraphBuilder, type Output } from './graphs/graph.ts';
import { halvesOf } from './graphs/halves.ts';
import { record } from './graphs/recording.ts';
import { openSession } from './graphs/session.ts';
import { assigned, given, variable } from './graphs/variables.ts';
import type { Layer } from './model/description.ts';
import type { Parameters } from './model/parameters.ts';

/** For batches of the given shapes alone. Only on the backend `tensorflow`. */
export function inferenceGraph(
  layers: readonly Layer[],
  parameters: Parameters,
  shapes: readonly (readonly number[])[],
) {
  const builder = new GraphBuilder();
  const tensors = [...parameters.values()];
  const variables = tensors.map(({ rank }) => variable(builder, rank));
  const values = variables.map(({ value }) => value);
  const programs = new Map(
    shapes.map((shape) => {
      const batch = builder.placeholder(shape);
      const outputs = halvesOf(shape[0]!, layers).map(({ first, count }) => {
        const recording = recorded(layers, parameters, [count, ...shape.slice(1)]);
        return builder.include(recording, [
          ...values,
          builder.rows(batch, shape, first, count),
        ])[0]!;
      });
      return [shape[0]!, { batch, output: builder.stacked(outputs) }];
    }),
  );
  const initial = given(builder, variables);
  const done = assigned(builder, initial);
  const session = openSession(builder.nodes, tensors);
  const weights = new Map(initial.map(([, output], index) => [output, tensors[index]!]));
  tf.dispose(session.run(weights, [done]));
  return {
    run: (batch: tf.Tensor): tf.Tensor => {
      const program = programs.get(batch.shape[0]!)!;
      const [result] = session.run(new Map<Output, tf.Tensor>([[program.batch, batch]]), [
        program.output,
      ]);
      batch.dispose();
      return result!;
    },
    dispose: () => session.close(),
  };
}

function recorded(layers: readonly Layer[], parameters: Parameters, shape: readonly number[]) {
  return record((input) => {
    for (const tensor of parameters.values()) input(tensor);
    return [forward(layers, parameters, input(tf.zeros([...shape])), { fold: true })];
  });
}
