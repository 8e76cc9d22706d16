/** Trainings with batch norms: running statistics are updated, saved and restored, but not trained. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Samples } from '../../../src/datasets/samples.ts';
import { computeActivations } from '../../../src/nn/activations.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import type { ModelDescription } from '../../../src/nn/model/description.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import type { Network } from '../../../src/nn/model/weights.ts';
import { score } from '../../../src/nn/scoring.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src/nn/training/checkpoint-file.ts';
import type { TrainingPlan } from '../../../src/nn/training/plan.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';
import { trainNetwork } from '../../../src/nn/training/train.ts';
import { bands, clock } from '../bands.ts';

beforeAll(() => startBackend('wasm'));

const plan: TrainingPlan = {
  epochs: 2,
  batchSize: 16,
  learningRate: 1e-3,
  decay: 0.8,
  weightDecay: 0,
  seed: 3,
  scope: 'all',
};

const model = initializeModel(
  vgg({
    architecture: 'vgg11',
    batchNorm: true,
    head: 'flat',
    input: [32, 32, 1],
    classes: 3,
    width: 1 / 16,
    hidden: 32,
    pool: 7,
  }),
  5,
);

async function trained(of: Network, samples: Samples, given: TrainingPlan) {
  const result = await trainNetwork(of, samples, given, { now: clock() });
  if (result.outcome !== 'trained') throw new Error(result.outcome);
  return result.model;
}

function isStatistic(name: string): boolean {
  return name.includes('running_');
}

test('a network with batch norms learns, and is scored by its running statistics', async () => {
  const result = await trained(model, bands(320, 'train'), { ...plan, epochs: 5 });
  const unseen = bands(90, 'test');
  const whole = await score(result, unseen, { scope: 'all', batchSize: 90 });
  expect(whole.accuracy).toBeGreaterThan(0.9);
  // With batch statistics, the batch size would change the result.
  const small = await score(result, unseen, { scope: 'all', batchSize: 7 });
  expect(small.predictions).toEqual(whole.predictions);
  expect(small.loss).toBeCloseTo(whole.loss, 5);
});

/** One batch norm after a convolution that passes the pixels on, so its statistics are those of the pixels. */
function pixelStatistics(): Network {
  const description: ModelDescription = {
    input: [32, 32, 1],
    classes: 3,
    features: [
      {
        kind: 'convolution',
        name: 'features.0',
        in: 1,
        out: 1,
        kernel: [1, 1],
        stride: [1, 1],
        padding: [0, 0],
        bias: false,
      },
      { kind: 'batch-norm', name: 'features.1', channels: 1 },
      { kind: 'relu' },
    ],
    classifier: [
      { kind: 'adaptive-average-pool', size: 3 },
      { kind: 'flatten' },
      { kind: 'dense', name: 'classifier.0', in: 9, out: 3, bias: true },
    ],
  };
  const { weights, ...others } = initializeModel(description, 1);
  const one = { shape: [1, 1, 1, 1], data: Float32Array.of(1) };
  return { ...others, weights: new Map([...weights, ['features.0.weight', one]]) };
}

test('running statistics move a tenth of the way to those of the batch, variances unbiased', async () => {
  const samples = bands(20, 'train');
  const pixels = new Float32Array(20 * 1024);
  samples.fill([...Array(20).keys()], pixels);
  const mean = pixels.reduce((a, b) => a + b, 0) / pixels.length;
  const variance = pixels.reduce((a, b) => a + (b - mean) ** 2, 0) / (pixels.length - 1);
  // A large step and decay must not affect the statistics. There is only one step, because it changes the filter.
  const step = { ...plan, epochs: 1, batchSize: 20, learningRate: 0.1, weightDecay: 10 };
  const { weights } = await trained(pixelStatistics(), samples, step);
  expect(weights.get('features.1.running_mean')!.data[0]).toBeCloseTo(0.1 * mean, 5);
  expect(weights.get('features.1.running_var')!.data[0]).toBeCloseTo(0.9 + 0.1 * variance, 5);
});

test('interrupted and resumed at every step, it ends in the same bytes, statistics included', async () => {
  const samples = bands(40, 'train');
  const expected = await trained(model, samples, plan);
  const path = join(await mkdtemp(join(tmpdir(), 'training-')), 'checkpoint');
  let run = beginTraining(model, samples, plan);
  while (run.step() < run.steps) {
    run.advance();
    writeCheckpoint(path, await run.checkpoint());
    run.dispose();
    run = beginTraining(model, samples, plan, readCheckpoint(path));
  }
  expect(await run.weights()).toEqual(expected.weights);
  run.dispose();
});

test('batch norms do not change if only the classifier is trained', async () => {
  const images = bands(48, 'train');
  const { data } = await computeActivations(model, images, { batchSize: 16 });
  const samples = { ...images, shape: [1, 1, 32], fill: filling(data, 32) };
  const { weights } = await trained(model, samples, { ...plan, scope: 'classifier' });
  for (const [name, weight] of model.weights) {
    expect(weights.get(name) === weight).toBe(!name.startsWith('classifier.'));
  }
  expect([...weights.keys()].filter(isStatistic)).toHaveLength(16);
});

function filling(data: Float32Array, size: number): Samples['fill'] {
  return (indices, out) => {
    for (let i = 0; i < indices.length; i++) {
      out.set(data.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
    }
  };
}

test('no step leaves a tensor behind', async () => {
  const before = tf.memory().numTensors;
  const run = beginTraining(model, bands(64, 'train'), plan);
  run.advance();
  await run.losses();
  const after = tf.memory().numTensors;
  run.advance();
  await run.checkpoint();
  expect(tf.memory().numTensors).toBe(after);
  run.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
