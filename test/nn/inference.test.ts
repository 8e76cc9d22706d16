import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { subset } from '../../src/datasets/subset.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { batchesOf, inOrder } from '../../src/nn/batch.ts';
import { forward } from '../../src/nn/forward.ts';
import { beginInference } from '../../src/nn/inference.ts';
import type { Layer } from '../../src/nn/model/description.ts';
import { initializeModel } from '../../src/nn/model/initialize.ts';
import { disposeParameters, loadParameters } from '../../src/nn/model/parameters.ts';
import { vgg11 } from '../../src/nn/model/vgg.ts';
import { bands } from './bands.ts';
import { backends, expectClose } from './kernels/differentiate.ts';

const model = initializeModel(
  vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 16, pool: 7 }),
  5,
);
const { input, features, classifier } = model.description;
const layers: readonly Layer[] = [...features, ...classifier];
const samples = bands(60, 'train');

test.each(
  // Eleven batches and five samples of a twelfth; and two batches, for which no backend makes a graph.
  backends.flatMap((backend) =>
    backend === 'webgpu' ? [] : [5, 30].map((size) => ({ backend, size })),
  ),
)('in batches of $size on $backend: agrees with one forward pass', async ({ backend, size }) => {
  await startBackend(backend);
  const before = tf.memory().numTensors;
  const batches = batchesOf(samples, input);
  const parameters = loadParameters(model.weights);
  const everything = Uint32Array.from({ length: 60 }, (_, i) => i);
  const whole = tf.tidy(() => forward(layers, parameters, batches.tensor(everything)));
  const expected = (await whole.data<'float32'>()).slice();
  whole.dispose();
  disposeParameters(parameters);

  const weights = model.weights;
  const batchSize = size;
  // One sample less, so that the last batch is smaller than the others.
  const count = samples.count - 1;
  const fewer = subset(
    samples,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  const inference = beginInference({ layers, weights, samples: fewer, shape: input, batchSize });
  let done = 0;
  for (const indices of inOrder(count, batchSize)) {
    const logits = await inference.run(indices);
    expect(logits).toHaveLength(3 * indices.length);
    expectClose(logits, expected.slice(3 * done, 3 * (done + indices.length)), 1e-4);
    done += indices.length;
  }
  inference.dispose();
  expect(done).toBe(59);
  expect(tf.memory().numTensors).toBe(before);
});
