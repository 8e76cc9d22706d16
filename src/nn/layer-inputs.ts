/**
 * What a layer of the classifier receives: one row a sample, as the layers before it leave it. Wants a
 * started backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { batchesOf, inOrder } from './batch.ts';
import { forward } from './forward.ts';
import { disposeParameters, loadParameters } from './model/parameters.ts';
import { inferShapes } from './model/shapes.ts';
import { type Model, partWeights } from './model/weights.ts';

/** N x n, float32. `samples` are activations between the two parts. */
export async function layerInputs(model: Model, samples: Samples, layer: string): Promise<Matrix> {
  const { classifier } = model.description;
  const place = classifier.findIndex((one) => 'name' in one && one.name === layer);
  const before = classifier.slice(0, place);
  const { boundary, classifier: shapes } = inferShapes(model.description);
  const cols = (shapes[place - 1] ?? boundary).reduce((product, extent) => product * extent, 1);
  const data = new Float32Array(samples.count * cols);
  const batches = batchesOf(samples, boundary);
  const parameters = loadParameters(partWeights(model, 'classifier'));
  let done = 0;
  for (const indices of inOrder(samples.count, BATCH)) {
    const inputs = tf.tidy(() => forward(before, parameters, batches.tensor(indices)));
    data.set(await inputs.data<'float32'>(), done * cols);
    inputs.dispose();
    done += indices.length;
  }
  disposeParameters(parameters);
  return { rows: samples.count, cols, data };
}

const BATCH = 256;
