/**
 * Inference with one TensorFlow graph, if there are many batches. For the convolutions of small networks it is twice as
 * fast as single operations.
 */
import { batchesOf } from '../../batch.ts';
import type { InferenceForm } from '../../inference-form.ts';
import { copiedInputs, narrowed } from '../../model/copied-inputs.ts';
import { convolves, type Layer, sizeOf } from '../../model/description.ts';
import { disposeParameters, loadParameters } from '../../model/parameters.ts';
import { inferenceGraph } from './inference-graph.ts';

export const graphInference: InferenceForm = (options, forward) => {
  const { layers, weights, samples, shape, batchSize } = options;
  const count = Math.ceil(samples.count / batchSize);
  if (count < WORTH_A_GRAPH || !alike(layers)) return undefined;
  const sizes = new Set([batchSize, samples.count - (count - 1) * batchSize]);
  const parameters = loadParameters(narrowed(weights, copiedInputs(layers, shape)));
  const graph = inferenceGraph(layers, parameters, { shape, sizes: [...sizes], forward });
  disposeParameters(parameters);
  const batches = batchesOf(samples, shape);
  const sampleSize = sizeOf(shape);
  const whole = new Float32Array(batchSize * sampleSize);
  return {
    run: async (indices) => {
      const values = whole.subarray(0, indices.length * sampleSize);
      batches.fill(indices, values);
      return graph.run(values, indices.length);
    },
    dispose: () => graph.dispose(),
  };
};

/** The number of batches from which making a graph is worth its time. */
const WORTH_A_GRAPH = 8;

/**
 * Whether the graph will be used again, by other networks or by many batches of convolutions. The columns of an
 * interpolation belong to one model.
 */
function alike(layers: readonly Layer[]): boolean {
  const kinds = new Set(layers.map(({ kind }) => kind));
  return convolves(layers) || (kinds.has('dense') && !kinds.has('interpolation'));
}
