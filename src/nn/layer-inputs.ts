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
  const { classifier } = model.description;
  const place = classifier.findIndex((one) => 'name' in one && one.name === layer);
  const before = classifier.slice(0, place);
  const { boundary, classifier: shapes } = inferShapes(model.description);
  const cols = (shapes[place - 1] ?? boundary).reduce((product, extent) => product * extent, 1);
  const { count } = samples;
  const data = new Float32Array(count * cols);
  const weights = partWeights(model, 'classifier');
  const network = { layers: before, weights, samples, shape: boundary };
  const inference = beginInference({ ...network, batchSize: BATCH });
  const overflow = new OverflowCount();
  let done = 0;
  for (const indices of inOrder(count, BATCH)) {
    const rows = await inference.run(indices);
    overflow.add(rows, done, indices.length);
    data.set(rows, done * cols);
    done += indices.length;
  }
  inference.dispose();
  await overflow.check(network);
  return { rows: count, cols, data };
}

const BATCH = 256;
