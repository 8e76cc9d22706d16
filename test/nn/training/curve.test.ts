/** The curve of a training: no step is missing or counted twice, and scoring an epoch changes no weight. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CurvePoint } from '../../../src/base/curve.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src/nn/training/checkpoint-file.ts';
import { type TrainingCurve, trainingPoints } from '../../../src/nn/training/curve.ts';
import { epochScoring, type ScoreEpoch } from '../../../src/nn/training/epoch-scores.ts';
import type { TrainingPlan } from '../../../src/nn/training/plan.ts';
import { StepLosses } from '../../../src/nn/training/step-losses.ts';
import { type TrainingHooks, trainNetwork } from '../../../src/nn/training/train.ts';
import { bands, clock } from '../bands.ts';

const model = initializeModel(
  vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 16, hidden: 16, pool: 2 }),
  5,
);
const plan: TrainingPlan = {
  ...{ epochs: 2, batchSize: 16, learningRate: 1e-3, decay: 1, weightDecay: 0 },
  ...{ seed: 1, scope: 'all' },
};
const samples = bands(40, 'train');

beforeAll(() => startBackend('wasm'));

function scoring(signal = new AbortController().signal): ScoreEpoch {
  const options = { scope: 'all', batchSize: 8, signal } as const;
  return epochScoring({ train: samples, heldOut: bands(20, 'test'), ...options });
}

async function trained(hooks: Partial<TrainingHooks>) {
  const result = await trainNetwork(model, samples, plan, { now: clock(), ...hooks });
  if (result.outcome !== 'trained') throw new Error(result.outcome);
  return result;
}

describe('the points of a training', () => {
  const lossesOf = (count: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => 1 + (i % 7));

  it('cover each step once, whenever they are asked for', async () => {
    const size = fc.integer({ min: 1, max: 3000 });
    await fc.assert(
      fc.property(
        size,
        fc.integer({ min: 1, max: 4 }),
        fc.array(size),
        (perEpoch, epochs, stops) => {
          const all = lossesOf(perEpoch * epochs);
          const curveAt = (step: number): TrainingCurve => ({
            ...{ steps: all.length, stepsPerEpoch: perEpoch },
            ...{ losses: all.subarray(0, step), scores: undefined },
          });
          const whole = [...trainingPoints(curveAt(all.length))];
          const piecewise: CurvePoint[] = [];
          for (const stop of [...stops.sort((a, b) => a - b), all.length]) {
            const after = piecewise.at(-1)?.step ?? 0;
            piecewise.push(...trainingPoints(curveAt(Math.min(stop, all.length)), after));
          }
          expect(piecewise).toEqual(whole);
          expect(whole.length).toBeLessThanOrEqual(1000 + epochs);
          expect(whole.at(-1)!.step).toBe(all.length);
          const ends = whole.filter(({ step }) => step % perEpoch === 0);
          expect(ends.map(({ epoch }) => epoch)).toEqual(ends.map((_, i) => i + 1));
          expect(ends).toHaveLength(epochs);
        },
      ),
    );
  });

  it('wait for the score of their epoch', () => {
    const scores = { accuracy: 0.5, validationLoss: 2, validationAccuracy: 0.25 };
    const curve = { steps: 4, stepsPerEpoch: 2, losses: lossesOf(4) };
    const points = (count: number) =>
      [...trainingPoints({ ...curve, scores: Array(count).fill(scores) })].map(({ step }) => step);
    expect(points(0)).toEqual([1]);
    expect(points(1)).toEqual([1, 2, 3]);
    expect([...trainingPoints({ ...curve, scores: [scores, scores] })].at(-1)).toEqual({
      step: 4,
      epoch: 2,
      values: { loss: 4, accuracy: 0.5, validation_loss: 2, validation_accuracy: 0.25 },
    });
  });

  it('have a gap where the loss is not finite', () => {
    const losses = Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY);
    const points = [...trainingPoints({ steps: 3, stepsPerEpoch: 3, losses, scores: undefined })];
    expect(points.map(({ values }) => values.loss)).toEqual([1, Number.NaN, Infinity]);
  });
});

describe('losses of steps', () => {
  it('are read once, in order, and leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const losses = new StepLosses(Float32Array.of(9));
    expect([...(await losses.read())]).toEqual([9]);
    for (let i = 0; i < 5; i++) losses.add(tf.scalar(i));
    expect([...(await losses.read())]).toEqual([9, 0, 1, 2, 3, 4]);
    losses.add(tf.scalar(7));
    losses.add(8);
    expect([...(await losses.read())]).toEqual([9, 0, 1, 2, 3, 4, 7, 8]);
    losses.add(tf.scalar(1));
    losses.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('scores after each epoch', () => {
  it('change no weight, and are in the curve', async () => {
    const plain = await trained({});
    const scored = await trained({ score: scoring() });
    expect(scored.model).toEqual(plain.model);
    expect(scored.curve.losses).toEqual(plain.curve.losses);
    expect(scored.curve.scores).toHaveLength(2);
    expect(plain.curve.scores).toBeUndefined();
  });

  it('are the same after interruptions, also while an epoch is scored', async () => {
    const expected = await trained({ score: scoring() });
    const path = join(await mkdtemp(join(tmpdir(), 'curve-')), 'checkpoint');
    const checkpoint = {
      intervalSeconds: 1e9,
      load: () => readCheckpoint(path),
      save: (state: Parameters<typeof writeCheckpoint>[1]) => writeCheckpoint(path, state),
    };
    let asked = 0;
    const steps: number[] = [];
    for (let attempt = 0; attempt < 20; attempt++) {
      const abort = new AbortController();
      const whole = scoring(abort.signal);
      const result = await trainNetwork(model, samples, plan, {
        ...{ now: clock(), signal: abort.signal, checkpoint },
        onProgress: () => abort.abort(),
        score: (network) => {
          // Every second scoring is interrupted.
          if (asked++ % 2 === 0) abort.abort();
          return whole(network);
        },
      });
      if (result.outcome === 'trained') {
        expect(result).toEqual(expected);
        // Each of the two epochs was interrupted once while it was scored.
        expect(asked).toBe(4);
        return;
      }
      if (result.outcome === 'aborted') steps.push(result.step);
    }
    throw new Error(`never ended: ${steps}`);
  });

  it('that fail end the training with their own error', async () => {
    const abort = new AbortController();
    const score = async () => {
      abort.abort();
      throw new Error('a bug');
    };
    const hooks = { now: clock(), signal: abort.signal, score };
    await expect(trainNetwork(model, samples, plan, hooks)).rejects.toThrow('a bug');
  });
});
