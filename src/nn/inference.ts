/**
 * Layers whose weights stay as they are, on one batch after the other.
 *
 * On TensorFlow the layers are one graph where there are many batches, for the convolutions of small networks twice as
 * fast as operation by operation. Wants a started backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import { forward } from './forward.ts';
import { convolves } from './graphs/halves.ts';
import { inferenceGraph } from './inference-graph.ts';
import { copiedInputs, narrowed } from './model/copied-inputs.ts';
import type { Layer } from './model/description.ts';
import { disposeParameters, loadParameters } from './model/parameters.ts';
import type { Weights } from './model/weights.ts';

export interface Inference {
  /** Takes over `batch`; the result is the caller's to dispose of. */
  run(batch: tf.Tensor): tf.Tensor;
  dispose(): void;
}

export interface InferenceOptions {
  readonly layers: readonly Layer[];
  readonly weights: Weights;
  /** Of one sample. */
  readonly shape: readonly number[];
  /** How many samples there will be, in batches of `batchSize`. */
  readonly count: number;
  readonly batchSize: number;
}

export function beginInference(options: InferenceOptions): Inference {
  const { layers, weights, shape, count, batchSize } = options;
  const parameters = loadParameters(narrowed(weights, copiedInputs(layers, shape)));
  const batches = Math.ceil(count / batchSize);
  if (tf.getBackend() === 'tensorflow' && batches >= WORTH_A_GRAPH && alike(layers)) {
    const sizes = new Set([batchSize, count - (batches - 1) * batchSize]);
    const graph = inferenceGraph(layers, parameters, shape, [...sizes]);
    disposeParameters(parameters);
    return graph;
  }
  return {
    run: (batch) => {
      const result = tf.tidy(() => forward(layers, parameters, batch, { fold: true }));
      // No layers hand on what they are given.
      if (result !== batch) batch.dispose();
      return result;
    },
    dispose: () => disposeParameters(parameters),
  };
}

/** Batches from which on a graph is worth its making. */
const WORTH_A_GRAPH = 8;

/** Whether other networks, or many batches of convolutions, will want the same graph: columns are of one model. */
function alike(layers: readonly Layer[]): boolean {
  const kinds = new Set(layers.map(({ kind }) => kind));
  return convolves(layers) || (kinds.has('dense') && !kinds.has('interpolation'));
}
