import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { activationSamples } from '../../../src/datasets/activation-samples.ts';
import type { Samples } from '../../../src/datasets/samples.ts';
import { computeActivations } from '../../../src/nn/activations.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { fastOptimizers } from '../../../src/nn/fast-forms.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import type { Network } from '../../../src/nn/model/weights.ts';
import { score } from '../../../src/nn/scoring.ts';
import { adam } from '../../../src/nn/training/adam.ts';
import type { CheckpointState } from '../../../src/nn/training/checkpoint.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src/nn/training/checkpoint-file.ts';
import type { TrainingPlan } from '../../../src/nn/training/plan.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';
import { epochLosses } from '../../../src/nn/training/step-losses.ts';
import { type TrainingProgress, trainNetwork } from '../../../src/nn/training/train.ts';
import { bands, clock } from '../bands.ts';

const model = initializeModel(
  vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 32, pool: 2 }),
  5,
);

const plan: TrainingPlan = {
  epochs: 2,
  batchSize: 16,
  learningRate: 1e-3,
  decay: 0.5,
  weightDecay: 1e-5,
  seed: 11,
  scope: 'all',
};

beforeAll(() => startBackend('wasm'));

async function trained(of: Network, samples: Samples, given: TrainingPlan) {
  const result = await trainNetwork(of, samples, given, { now: clock() });
  if (result.outcome !== 'trained') throw new Error('aborted');
  const { losses, stepsPerEpoch } = result.curve;
  return { ...result, losses: epochLosses(losses, stepsPerEpoch) };
}

test('a small network learns to classify bands, also from its own stored activations', async () => {
  const samples = bands(320, 'train');
  const unseen = bands(100, 'test');
  const result = await trained(model, samples, { ...plan, epochs: 5, decay: 0.9 });
  expect(result.losses).toHaveLength(5);
  expect(result.losses[4]).toBeLessThan(result.losses[0]!);
  const whole = await score(result.model, unseen, { scope: 'all', batchSize: 32 });
  expect(whole.accuracy).toBeGreaterThan(0.95);
  expect(whole.count).toBe(100);

  const activations = await computeActivations(result.model, unseen, { batchSize: 32 });
  expect(activations.shape).toEqual([1, 1, 64]);
  const kept = activationSamples(
    activations.data,
    activations.shape,
    unseen.labels,
    unseen.classes,
  );
  const part = await score(result.model, kept, { scope: 'classifier', batchSize: 7 });
  expect(part.predictions).toEqual(whole.predictions);
  expect(part.loss).toBeCloseTo(whole.loss, 5);

  const features = new Map(
    [...result.model.weights].filter(([name]) => name.startsWith('features.')),
  );
  const untrained = {
    ...result.model,
    weights: new Map([...initializeModel(model.description, 6).weights, ...features]),
  };
  const again = await trained(untrained, kept, { ...plan, epochs: 20, scope: 'classifier' });
  const retrained = await score(again.model, kept, { scope: 'classifier', batchSize: 50 });
  expect(retrained.accuracy).toBeGreaterThan(0.9);
  for (const [name, weight] of features) expect(again.model.weights.get(name)).toBe(weight);
});

test('interrupted and resumed at every checkpoint, a training ends in the same bytes', async () => {
  const samples = bands(70, 'train');
  const limited = { ...plan, limit: 60 };
  const { losses, ...expected } = await trained(model, samples, limited);
  expect(losses).toHaveLength(2);
  const path = join(await mkdtemp(join(tmpdir(), 'training-')), 'sub', 'checkpoint');
  for (let attempts = 1; ; attempts++) {
    const controller = new AbortController();
    const result = await trainNetwork(model, samples, limited, {
      now: clock(),
      signal: controller.signal,
      onProgress: () => controller.abort(),
      checkpoint: {
        intervalSeconds: 1e9,
        load: () => readCheckpoint(path),
        save: (state) => writeCheckpoint(path, state),
      },
    });
    if (result.outcome === 'trained') {
      expect(attempts).toBe(8);
      expect(result).toEqual(expected);
      break;
    }
    expect(result.step).toBe(attempts);
  }
  expect(await readdir(join(path, '..'))).toEqual(['checkpoint']);
});

async function afterOneStep(): Promise<CheckpointState> {
  const run = beginTraining(model, bands(20, 'train'), plan);
  run.advance();
  const state = await run.checkpoint();
  run.dispose();
  return { ...state, scores: [{ accuracy: 0.5, validationLoss: 1, validationAccuracy: 0.25 }] };
}

test('a damaged checkpoint counts as none, for any damaged byte', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'training-')), 'checkpoint');
  expect(readCheckpoint(path)).toBeUndefined();
  await writeFile(path, 'torn');
  expect(readCheckpoint(path)).toBeUndefined();
  const state = await afterOneStep();
  writeCheckpoint(path, state);
  expect(readCheckpoint(path)).toEqual(state);
  const bytes = await readFile(path);
  const steps = Math.ceil(bytes.length / 500);
  for (let at = 0; at < bytes.length; at += steps) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x10;
    await writeFile(path, damaged);
    // A space in the padding may change without any effect.
    if (bytes[at] !== 0x20) expect(readCheckpoint(path), `byte ${at}`).toBeUndefined();
  }
  for (const length of [0, 7, 100, bytes.length - 1]) {
    await writeFile(path, bytes.subarray(0, length));
    expect(readCheckpoint(path)).toBeUndefined();
  }
  await writeFile(path, Buffer.alloc(bytes.length));
  expect(readCheckpoint(path)).toBeUndefined();
});

test('a folder in place of a checkpoint counts as none, and is replaced', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'training-')), 'checkpoint');
  await mkdir(join(path, 'inside'), { recursive: true });
  expect(readCheckpoint(path)).toBeUndefined();
  const state = await afterOneStep();
  writeCheckpoint(path, state);
  expect(readCheckpoint(path)).toEqual(state);
});

test('checkpoints are written at the interval, progress a few times per second', async () => {
  const saved: CheckpointState[] = [];
  const progress: TrainingProgress[] = [];
  await trainNetwork(model, bands(160, 'train'), plan, {
    now: clock(50),
    onProgress: (update) => progress.push(update),
    checkpoint: {
      intervalSeconds: 0.5,
      load: () => undefined,
      save: (state) => void saved.push(state),
    },
  });
  expect(saved.length).toBeGreaterThan(1);
  expect(progress.length).toBeLessThan(20);
  const last = progress.at(-1)!;
  expect(last).toMatchObject({ epoch: 2, epochs: 2, step: 20, steps: 20, secondsLeft: 0 });
  expect(last.samplesPerSecond).toBeGreaterThan(0);
});

test('no step leaves a tensor behind, nor does a whole training', async () => {
  const samples = bands(64, 'train');
  const before = tf.memory().numTensors;
  const run = beginTraining(model, samples, plan);
  run.advance();
  await run.losses();
  const after = tf.memory().numTensors;
  for (let i = 0; i < 6; i++) run.advance();
  await run.checkpoint();
  expect(tf.memory().numTensors).toBe(after);
  run.dispose();
  await trained(model, samples, plan);
  await score(model, samples, { scope: 'all', batchSize: 64 });
  await computeActivations(model, samples, { batchSize: 64 });
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  ['plain', adam],
  ...Object.entries(fastOptimizers).filter(([backend]) => backend === 'wasm'),
] as const)('Adam, %s, takes the steps of PyTorch, weight decay included', async (_, form) => {
  // torch 2: p = [0.5, -1, 2], three steps on the gradients [0.1, -0.2, 0.3] * t with lr 0.1 and
  // weight_decay 0.01, computed here in double precision from the published rule.
  const decay = 0.01;
  let weights: number[] = [0.5, -1, 2];
  const m = [0, 0, 0];
  const v = [0, 0, 0];
  const optimizer = form([tf.tensor1d(weights)], { weightDecay: decay, multipliers: [1] });
  for (let t = 1; t <= 3; t++) {
    const gradient = [0.1 * t, -0.2 * t, 0.3 * t];
    weights = weights.map((w, i) => {
      const g = gradient[i]! + decay * w;
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const denominator = Math.sqrt(v[i]!) / Math.sqrt(1 - 0.999 ** t) + 1e-8;
      return w - ((0.1 / (1 - 0.9 ** t)) * m[i]!) / denominator;
    });
    optimizer.update([tf.tensor1d(gradient)], 0.1);
  }
  optimizer
    .values()[0]!
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(weights[i]!, 5);
    });
  expect((await optimizer.state()).step).toBe(3);
  optimizer.dispose();
});
