/**
 * Every backend that is installed here computes the same, with the same network, weights and images. What `onnx` has
 * instead of single operations is compared in `fast/onnx-steps.test.ts` and `fast/onnx-inference.test.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { BackendName } from '../../src/nn/backends/names.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { batchesOf } from '../../src/nn/batch.ts';
import { forward } from '../../src/nn/forward.ts';
import { initializeModel } from '../../src/nn/model/initialize.ts';
import { disposeParameters, loadParameters } from '../../src/nn/model/parameters.ts';
import { vgg11 } from '../../src/nn/model/vgg.ts';
import { score } from '../../src/nn/scoring.ts';
import { dropoutMask } from '../../src/nn/training/dropout-masks.ts';
import { lossAndGradients } from '../../src/nn/training/gradients.ts';
import { trainNetwork } from '../../src/nn/training/train.ts';
import { bands } from './bands.ts';
import { backends, expectClose } from './kernels/differentiate.ts';

const model = initializeModel(
  vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 32, pool: 7 }),
  5,
);
const layers = [...model.description.features, ...model.description.classifier];
const samples = bands(32, 'train');
const others = backends.filter((name) => name !== 'wasm' && name !== 'cpu');

/** Logits, loss, and the gradient of each parameter, by name. */
async function computed(backend: BackendName): Promise<ReadonlyMap<string, Float32Array>> {
  await startBackend(backend);
  const parameters = loadParameters(model.weights);
  const batches = batchesOf(samples, model.description.input);
  const indices = Uint32Array.from({ length: 6 }, (_, i) => i);
  const logits = tf.tidy(() =>
    forward(layers, parameters, batches.tensor(indices), { fold: true }),
  );
  const state = { parameters, statistics: new Map(), fixed: new Map() };
  const { value, grads } = tf.tidy(() =>
    lossAndGradients(layers, state, {
      samples: batches.tensor(indices),
      truth: batches.truth(indices),
      mask: (dropout) => dropoutMask(dropout, { seed: 1, step: 0 }),
    }),
  );
  const tensors = [logits, value, ...grads];
  const names = ['logits', 'loss', ...parameters.keys()];
  const arrays = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
  tf.dispose(tensors);
  disposeParameters(parameters);
  return new Map(arrays.map((array, index) => [names[index]!, array.slice()]));
}

/** The share of test images that are classified correctly after an epoch. */
async function accuracyAfterAnEpoch(backend: BackendName): Promise<number> {
  await startBackend(backend);
  const plan = { epochs: 1, batchSize: 16, learningRate: 1e-3, decay: 1, weightDecay: 1e-5 };
  const trained = await trainNetwork(
    model,
    bands(256, 'train'),
    { ...plan, seed: 1, scope: 'all' },
    { now: () => performance.now() },
  );
  if (trained.outcome !== 'trained') throw new Error(trained.outcome);
  return (await score(trained.model, bands(400, 'test'), { scope: 'all', batchSize: 100 }))
    .accuracy;
}

const reference = await computed('wasm');

test.each(backends.filter((name) => name !== 'wasm' && name !== 'onnx'))(
  'forward, loss and every gradient on %s are those of wasm, to 1e-4',
  async (backend) => {
    const values = await computed(backend);
    expect([...values.keys()]).toEqual([...reference.keys()]);
    for (const [name, value] of values) expectClose(value, reference.get(name)!, 1e-4);
  },
);

test
  .skipIf(others.length === 0)
  .each(others.length === 0 ? ['another backend (none is installed)'] : others)(
  'an epoch on %s ends within half a point of wasm',
  async (backend) => {
    const expected = await accuracyAfterAnEpoch('wasm');
    // The compared network must have learned something.
    expect(expected).toBeGreaterThan(0.5);
    const actual = await accuracyAfterAnEpoch(backend as BackendName);
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(0.005);
  },
);
