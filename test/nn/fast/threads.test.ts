import { createHash } from 'node:crypto';
import os from 'node:os';
import workerThreads from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import { simd } from '../../../src/nn/fast/wasm/simd.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';

/** Starts the wasm backend as if for the first time in this process. */
async function startAfresh(threads: number): Promise<number> {
  const factory = tf.findBackendFactory('wasm');
  if (factory) {
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
  }
  vi.resetModules();
  const { startBackend } = await import('../../../src/nn/backends/start.ts');
  await startBackend('wasm', { threads });
  const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  return getThreadsCount();
}

async function digestOfTraining(): Promise<string> {
  const random = randomStream(1, 'pixels');
  const pixels = Float32Array.from({ length: 20 * 1024 }, random.normal);
  const description = vgg11({ input: [32, 32, 1], classes: 4, width: 1 / 4, hidden: 64, pool: 7 });
  const run = beginTraining(
    initializeModel(description, 2),
    {
      count: 20,
      shape: [32, 32, 1],
      classes: 4,
      labels: Uint8Array.from({ length: 20 }, (_, i) => i % 4),
      fill: (indices, out) => {
        for (let i = 0; i < indices.length; i++) {
          out.set(pixels.subarray(indices[i]! * 1024, (indices[i]! + 1) * 1024), i * 1024);
        }
      },
    },
    {
      epochs: 3,
      batchSize: 8,
      learningRate: 1e-3,
      decay: 1,
      weightDecay: 0,
      seed: 3,
      scope: 'all',
    },
  );
  while (run.step() < run.steps) run.advance();
  const hash = createHash('sha256');
  for (const { data } of (await run.weights()).values()) hash.update(data);
  run.dispose();
  return hash.digest('hex');
}

test('several threads give the bytes of one thread, and leave Node unchanged', async () => {
  const { Worker } = workerThreads;
  const { cpus } = os;
  await startAfresh(1);
  const ports = activePorts();
  const expected = await digestOfTraining();
  const threads = Math.min(4, cpus().length);
  expect(await startAfresh(threads)).toBe(threads);
  // Otherwise the loops in JavaScript would be used, with another precision.
  expect(simd()).toBeDefined();
  expect(await digestOfTraining()).toBe(expected);
  expect([workerThreads.Worker, os.cpus]).toEqual([Worker, cpus]);
  // A running thread would keep the process alive by these.
  expect(activePorts()).toBe(ports);
});

function activePorts(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length;
}
