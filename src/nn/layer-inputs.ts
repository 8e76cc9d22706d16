/**
 * The inputs of a layer of the classifier: one row per sample, as the layers before it compute them. Requires a started
 * backend.
 */
import type { Samples } from '../datasets/samples.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { inOrder } from './batch.ts';
import { beginInference } from './inference.ts';
import { inferShapes } from './model/shapes.ts';
import { type Network, partWeights } from './model/weights.ts';
import { OverflowCount } from './overflow.ts';

/** N x n, float32. `samples` are activations between the two parts. Throws an OverflowError if one is not finite. */
export async function layerInputs(
  model: Network,
  samples: Samples,
  layer: string,
): Promise<Matrix> {
  const { count } = samples;
  const cols = inputsOf(model, layer);
  const data = new Float32Array(count * cols);
  let done = 0;
  for await (const batch of inputBatches(model, samples, layer)) {
    data.set(batch.data, done * cols);
    done += batch.rows;
  }
  return { rows: count, cols, data };
}

/**
 * The same in batches, in order. The error comes after the last batch. A batch may be overwritten by the next one.
 */
export async function* inputBatches(
  model: Network,
  samples: Samples,
  layer: string,
): AsyncGenerator<Matrix> {
  const before = model.description.classifier.slice(0, placeOf(model, layer));
  const { boundary } = inferShapes(model.description);
  const cols = inputsOf(model, layer);
  const weights = partWeights(model, 'classifier');
  const network = { layers: before, weights, samples, shape: boundary };
  const inference = beginInference({ ...network, batchSize: BATCH });
  const overflow = new OverflowCount();
  let done = 0;
  try {
    for (const indices of inOrder(samples.count, BATCH)) {
      const data = await inference.run(indices);
      overflow.add(data, done, indices.length);
      yield { rows: indices.length, cols, data };
      done += indices.length;
    }
  } finally {
    inference.dispose();
  }
  await overflow.check(network);
}

/** n, the number of inputs of the layer. */
export function inputsOf(model: Network, layer: string): number {
  const { boundary, classifier: shapes } = inferShapes(model.description);
  const shape = shapes[placeOf(model, layer) - 1] ?? boundary;
  return shape.reduce((product, extent) => product * extent, 1);
}

function placeOf({ description }: Network, layer: string): number {
  return description.classifier.findIndex((one) => 'name' in one && one.name === layer);
}

const BATCH = 256;
