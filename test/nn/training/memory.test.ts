/** Ten epochs need no more memory than one. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../src/nn/backends/names.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';
import { bands } from '../bands.ts';
import { backends } from '../kernels/differentiate.ts';

const EPOCHS = 10;
/** Resident memory grows until all kernels and buffers have been used once. */
const SETTLED = 3;

test.each(backends.filter((name) => name !== 'cpu' && name !== 'webgpu'))(
  'on %s, tensors and resident memory stay flat over ten epochs',
  async (backend: BackendName) => {
    await startBackend(backend);
    const before = tf.memory().numTensors;
    const model = initializeModel(
      vgg11({ input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 64, pool: 7 }),
      5,
    );
    const plan = { epochs: EPOCHS, batchSize: 32, learningRate: 1e-4, decay: 1, weightDecay: 1e-5 };
    const run = beginTraining(model, bands(256, 'train'), { ...plan, seed: 1, scope: 'all' });
    const figures: { tensors: number; resident: number }[] = [];
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (let step = 0; step < run.stepsPerEpoch; step++) run.advance();
      await run.losses();
      const resident = Math.round(process.memoryUsage.rss() / 1e6);
      figures.push({ tensors: tf.memory().numTensors, resident });
    }
    run.dispose();
    const said = figures.map(({ tensors, resident }) => `${tensors} (${resident} MB)`).join(', ');
    console.log(`${backend}: tensors and resident memory after each epoch: ${said}`);
    expect(new Set(figures.map(({ tensors }) => tensors)).size).toBe(1);
    const settled = figures.slice(SETTLED).map(({ resident }) => resident);
    expect(Math.max(...settled)).toBeLessThan(1.1 * settled[0]! + 20);
    expect(tf.memory().numTensors).toBe(before);
  },
);
