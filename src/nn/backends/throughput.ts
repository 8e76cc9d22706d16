/**
 * How fast the started backend is, in about a second for each of two numbers. A rough measure for users who choose
 * between backends; `npm run bench:train` takes longer and is more precise.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../../linalg/random.ts';
import { initializeModel } from '../model/initialize.ts';
import { vgg11 } from '../model/vgg.ts';
import { backendMultiply } from '../products.ts';
import { beginTraining } from '../training/run.ts';

export interface Throughput {
  /** For products of two 1024 x 1024 matrices, in 10^9 operations per second. */
  readonly gigaflops: number;
  /** Images per second in training VGG-11 at a quarter of its width on 32x32 images, 64 per step. */
  readonly trainedImages: number;
}

export async function measureThroughput(now: () => number, seconds = 1): Promise<Throughput> {
  return { gigaflops: await products(now, seconds), trainedImages: await training(now, seconds) };
}

const SIDE = 1024;

async function products(now: () => number, seconds: number): Promise<number> {
  const random = randomStream(0, 'throughput');
  const data = Float32Array.from({ length: SIDE ** 2 }, () => random.normal());
  const once = tf.getBackend() === 'webgpu' ? onTensors(data) : multiplication(data);
  return (2 * SIDE ** 3 * (await rate(once, now, seconds))) / 1e9;
}

/** As stages multiply. */
function multiplication(data: Float32Array): () => Promise<void> {
  const multiply = backendMultiply();
  const a = { rows: SIDE, cols: SIDE, data };
  return async () => void multiply(a, a);
}

/** WebGPU can't return results at once, so stages multiply on another backend. */
function onTensors(data: Float32Array): () => Promise<void> {
  const a = tf.tensor2d(data, [SIDE, SIDE]);
  return async () => {
    const product = tf.matMul(a, a);
    await product.data();
    product.dispose();
  };
}

/** The cpu backend is for tests of small things, and would take minutes for a full batch. */
const batchSize = () => (tf.getBackend() === 'cpu' ? 2 : 64);

async function training(now: () => number, seconds: number): Promise<number> {
  const batch = batchSize();
  const network = { classes: 10, width: 0.25, hidden: 512, pool: 1 };
  const description = vgg11({ ...network, input: [32, 32, 1] });
  const image = Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i * i));
  const samples = {
    count: batch,
    shape: [32, 32, 1],
    classes: 10,
    labels: Uint8Array.from({ length: batch }, (_, i) => i % 10),
    fill: (indices: ArrayLike<number>, out: Float32Array) => {
      for (let i = 0; i < indices.length; i++) out.set(image, i * image.length);
    },
  };
  const plan = { epochs: 1e6, batchSize: batch, learningRate: 1e-4, decay: 1, weightDecay: 0 };
  const run = beginTraining(initializeModel(description, 0), samples, {
    ...plan,
    seed: 0,
    scope: 'all',
  });
  const step = async () => {
    run.advance();
    // Waits for the computation.
    await run.losses();
  };
  const perSecond = await rate(step, now, seconds);
  run.dispose();
  return batch * perSecond;
}

/** How often per second, after one warm-up. */
async function rate(
  work: () => Promise<void>,
  now: () => number,
  seconds: number,
): Promise<number> {
  await work();
  const started = now();
  let turns = 0;
  do {
    await work();
    turns++;
  } while (now() - started < 1000 * seconds);
  return (1000 * turns) / (now() - started);
}
