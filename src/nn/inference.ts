/**
 * Layers whose weights stay as they are, on one batch after the other.
 *
 * On TensorFlow the layers are one graph where there are many batches, for the convolutions of small networks twice as
 * fast as operation by operation. Wants a started backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import { type Batches, batchesOf } from './batch.ts';
import { forward } from './forward.ts';
import { type InferenceGraph, inferenceGraph } from './inference-graph.ts';
import { copiedInputs, narrowed } from './model/copied-inputs.ts';
import { convolves, type Layer, sizeOf } from './model/description.ts';
import { disposeParameters, loadParameters } from './model/parameters.ts';
import type { Weights } from './model/weights.ts';

export interface Inference {
  /** What comes out for the samples at `indices`, row by row. */
  run(indices: Uint32Array): Promise<Float32Array>;
  dispose(): void;
}

export interface InferenceOptions {
  readonly layers: readonly Layer[];
  readonly weights: Weights;
  /** Each comes once, in batches of `batchSize`. */
  readonly samples: Samples;
  /** As which the layers see one of them. */
  readonly shape: readonly number[];
  readonly batchSize: number;
}

export function beginInference(options: InferenceOptions): Inference {
  const { layers, weights, samples, shape, batchSize } = options;
  const parameters = loadParameters(narrowed(weights, copiedInputs(layers, shape)));
  const batches = batchesOf(samples, shape);
  const count = Math.ceil(samples.count / batchSize);
  if (tf.getBackend() === 'tensorflow' && count >= WORTH_A_GRAPH && alike(layers)) {
    const sizes = new Set([batchSize, samples.count - (count - 1) * batchSize]);
    const graph = inferenceGraph(layers, parameters, shape, [...sizes]);
    disposeParameters(parameters);
    return byGraph(graph, batches, batchSize * sizeOf(shape));
  }
  return {
    run: async (indices) => {
      const result = tf.tidy(() =>
        forward(layers, parameters, batches.tensor(indices), { fold: true }),
      );
      const values = await result.data<'float32'>();
      result.dispose();
      return values;
    },
    dispose: () => disposeParameters(parameters),
  };
}

/** `size` numbers are a whole batch. */
function byGraph(graph: InferenceGraph, batches: Batches, size: number): Inference {
  const whole = new Float32Array(size);
  return {
    run: async (indices) => {
      const values = whole.subarray(0, indices.length * sizeOf(batches.shape));
      batches.fill(indices, values);
      return graph.run(values, indices.length);
    },
    dispose: () => graph.dispose(),
  };
}

/** Batches from which on a graph is worth its making. */
const WORTH_A_GRAPH = 8;

/** Whether other networks, or many batches of convolutions, will want the same graph: columns are of one model. */
function alike(layers: readonly Layer[]): boolean {
  const kinds = new Set(layers.map(({ kind }) => kind));
  return convolves(layers) || (kinds.has('dense') && !kinds.has('interpolation'));
}
