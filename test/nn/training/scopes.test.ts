/** Trainings of some layers: which layers change, which do not, and that both have the same gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { activationSamples } from '../../../src/datasets/activation-samples.ts';
import type { Samples } from '../../../src/datasets/samples.ts';
import { computeActivations } from '../../../src/nn/activations.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { describeReplaced } from '../../../src/nn/factored/replacement.ts';
import type { Layer, ModelDescription } from '../../../src/nn/model/description.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { mlp } from '../../../src/nn/model/mlp.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import type { Network } from '../../../src/nn/model/weights.ts';
import { score } from '../../../src/nn/scoring.ts';
import type { TrainingPlan } from '../../../src/nn/training/plan.ts';
import { trainNetwork } from '../../../src/nn/training/train.ts';
import { bands, clock } from '../bands.ts';
import { expectClose } from '../kernels/differentiate.ts';

beforeAll(() => startBackend('wasm'));

const whole = vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 16, hidden: 32, pool: 2 });

const oneStep: TrainingPlan = {
  epochs: 1,
  batchSize: 16,
  learningRate: 1e-3,
  decay: 1,
  weightDecay: 1e-4,
  seed: 1,
  scope: 'factors',
};

/** Dense layers by an interpolation, convolutions by spatial parts; rank 6. */
function factored(...names: readonly string[]): Network {
  const description = describeReplaced(whole, (name) => {
    const layer = [...whole.features, ...whole.classifier].find(
      (l) => 'name' in l && l.name === name,
    )!;
    return names.includes(name) ? chainOf(layer) : undefined;
  });
  return initializeModel(description, 2);
}

function chainOf(layer: Layer): readonly Layer[] {
  if (layer.kind === 'dense') {
    const { name, in: inputs } = layer;
    const columns = [0, 3, 4, 9, 15, 16];
    return [
      { kind: 'interpolation', name: `${name}.right`, in: inputs, columns, of: name },
      { ...layer, name: `${name}.left`, in: 6, of: name },
    ];
  }
  if (layer.kind !== 'convolution') throw new Error(layer.kind);
  const { name } = layer;
  return [
    {
      ...layer,
      name: `${name}.right`,
      out: 6,
      kernel: [3, 1],
      padding: [1, 0],
      bias: false,
      of: name,
    },
    { ...layer, name: `${name}.left`, in: 6, kernel: [1, 3], padding: [0, 1], of: name },
  ];
}

async function trained(model: Network, samples: Samples, plan: TrainingPlan) {
  const result = await trainNetwork(model, samples, plan, { now: clock() });
  if (result.outcome !== 'trained') throw new Error(result.outcome);
  return result.model;
}

function changed(before: Network, after: Network): readonly string[] {
  return [...before.weights.keys()].filter(
    (name) => before.weights.get(name) !== after.weights.get(name),
  );
}

async function kept(model: Network, samples: Samples): Promise<Samples> {
  const { data, shape } = await computeActivations(model, samples, { batchSize: 32 });
  return activationSamples(data, shape, samples.labels, samples.classes);
}

test('factors of the classifier: on stored activations, with the gradients of the full classifier', async () => {
  const model = factored('classifier.0', 'classifier.3');
  const copy = new Map([...model.weights].map(([name, { data }]) => [name, data.slice()]));
  const samples = await kept(model, bands(16, 'train'));
  const factors = await trained(model, samples, oneStep);
  const names = changed(model, factors);
  expect(names).toEqual(
    ['classifier.0', 'classifier.3'].flatMap((name) =>
      ['right.weight', 'left.weight', 'left.bias'].map((part) => `${name}.${part}`),
    ),
  );
  const classifier = await trained(model, samples, { ...oneStep, scope: 'classifier' });
  for (const name of names) {
    expect(factors.weights.get(name)).toEqual(classifier.weights.get(name));
    expect(factors.weights.get(name)!.data).not.toEqual(copy.get(name));
  }
  // Neither has changed the original model.
  for (const [name, { data }] of model.weights) expect(data).toEqual(copy.get(name));
});

test('factors of a convolution: on images, with no other layer trained', async () => {
  const model = factored('features.6', 'classifier.3');
  const samples = bands(16, 'train');
  const factors = await trained(model, samples, oneStep);
  const names = changed(model, factors);
  expect(names).toEqual([
    'features.6.right.weight',
    'features.6.left.weight',
    'features.6.left.bias',
    'classifier.3.right.weight',
    'classifier.3.left.weight',
    'classifier.3.left.bias',
  ]);
  const all = await trained(model, samples, { ...oneStep, scope: 'all' });
  // The weights that are not trained are used as sums over copies, whose last bits differ.
  for (const name of names) {
    expectClose(factors.weights.get(name)!.data, all.weights.get(name)!.data, 1e-5);
  }
  expect(changed(model, all)).toHaveLength(model.weights.size);
});

test('factors alone can learn, and leave no tensor behind', async () => {
  const model = factored('classifier.0', 'classifier.3');
  const before = tf.memory().numTensors;
  const images = bands(320, 'train');
  const tuned = await trained(model, images, { ...oneStep, scope: 'all', epochs: 4 });
  const samples = await kept(tuned, images);
  const forgotten = { ...tuned, weights: new Map(tuned.weights) };
  const fresh = initializeModel(model.description, 9).weights;
  for (const name of fresh.keys()) {
    if (name.startsWith('classifier.3.')) forgotten.weights.set(name, fresh.get(name)!);
  }
  const again = await trained(forgotten, samples, { ...oneStep, epochs: 10 });
  const [first, last] = await Promise.all([
    score(forgotten, samples, { scope: 'classifier', batchSize: 64 }),
    score(again, samples, { scope: 'classifier', batchSize: 64 }),
  ]);
  expect(last.loss).toBeLessThan(first.loss / 2);
  expect(tf.memory().numTensors).toBe(before);
});

test('a plan that leaves nothing to train is refused', async () => {
  const model = initializeModel(whole, 1);
  const samples = await kept(model, bands(16, 'train'));
  await expect(trained(model, samples, oneStep)).rejects.toThrow('nothing to train');
});

test('an interpolation reads the copies of the average pool, folded or not', async () => {
  const model = factored('classifier.0');
  const images = bands(20, 'test');
  const whole = await score(model, images, { scope: 'all', batchSize: 20 });
  const part = await score(model, await kept(model, images), { scope: 'classifier', batchSize: 7 });
  expect(part.predictions).toEqual(whole.predictions);
  const plain = await score(asDense(model), images, { scope: 'all', batchSize: 20 });
  expect(plain.loss).toBeCloseTo(whole.loss, 5);
  expect(plain.predictions).toEqual(whole.predictions);
});

/** With the interpolation written as a dense layer, which is folded. */
function asDense(model: Network): Network {
  const weights = new Map(model.weights);
  const { shape, data } = weights.get('classifier.0.right.weight')!;
  const [rank, others] = shape as [number, number];
  const inputs = rank + others;
  const matrix = new Float32Array(rank * inputs);
  const description = describeReplaced(model.description, (name) => {
    if (name !== 'classifier.0.right') return undefined;
    const layer = model.description.classifier.find((l) => l.kind === 'interpolation')!;
    const rest = Array.from({ length: inputs }, (_, i) => i).filter(
      (i) => !layer.columns.includes(i),
    );
    layer.columns.forEach((column, row) => {
      matrix[row * inputs + column] = 1;
      rest.forEach((at, i) => {
        matrix[row * inputs + at] = data[row * others + i]!;
      });
    });
    return [{ kind: 'dense', name, in: inputs, out: rank, bias: false }];
  });
  weights.set('classifier.0.right.weight', { shape: [rank, inputs], data: matrix });
  return { ...model, description, weights };
}

test('a network without features is trained and scored like any other', async () => {
  const description: ModelDescription = mlp({ input: [32, 32, 1], classes: 3, layers: [24] });
  const model = initializeModel(description, 4);
  const images = bands(160, 'train');
  const plan: TrainingPlan = { ...oneStep, epochs: 6, scope: 'all' };
  const all = await trained(model, images, plan);
  const samples = await kept(model, images);
  expect(samples.shape).toEqual([32, 32, 1]);
  const part = await trained(model, samples, { ...plan, scope: 'classifier' });
  expect(part.weights).toEqual(all.weights);
  const unseen = bands(100, 'test');
  const result = await score(all, unseen, { scope: 'all', batchSize: 32 });
  expect(result.accuracy).toBeGreaterThan(0.9);
  const same = await score(all, await kept(all, unseen), { scope: 'classifier', batchSize: 32 });
  expect(same).toEqual(result);
});
