/**
 * Images per second of one network on one backend, as a line of JSON:
 *
 *   node ours.mjs BACKEND WIDTH HIDDEN POOL BATCH SECONDS THREADS
 */
import { homedir } from 'node:os';
import type { Samples } from '../../src/datasets/samples.ts';
import { setInstallLocation } from '../../src/nn/backends/install-location.ts';
import type { BackendName } from '../../src/nn/backends/names.ts';
import { startBackend } from '../../src/nn/backends/start.ts';
import { userFolder } from '../../src/nn/backends/user-folder.ts';
import { initializeModel } from '../../src/nn/model/initialize.ts';
import { vgg11 } from '../../src/nn/model/vgg.ts';
import { score } from '../../src/nn/scoring.ts';
import { trainNetwork } from '../../src/nn/training/train.ts';

const [name, ...numbers] = process.argv.slice(2);
const [width, hidden, pool, batch, seconds, threads] = numbers.map(Number) as number[] as [
  ...(readonly [number, number, number, number, number, number]),
];
// As in the stages that train: half of the threads for each half of a batch.
process.env.TF_NUM_INTEROP_THREADS ??= String(Math.min(2, threads));
process.env.TF_NUM_INTRAOP_THREADS ??= String(Math.ceil(threads / 2));
setInstallLocation(userFolder(process.env, homedir()));
const backend = await startBackend(name as BackendName, { threads });
const description = vgg11({ input: [32, 32, 1], classes: 10, width, hidden, pool });
const model = initializeModel(description, 0);
const train = await rate(trainSteps);
const infer = await rate(inferBatches);
const result = {
  version: `${backend.name} ${backend.version}, ${threads} threads`,
  ...{ train, infer },
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`\n${JSON.stringify(result)}\n`);
process.exit(0);

/** Images per second of `work(count)`. A warm-up determines how many fill the requested time. */
async function rate(work: (steps: number) => Promise<number>): Promise<number> {
  await work(3);
  const perStep = (await work(5)) / 5;
  const steps = Math.max(3, Math.ceil((1000 * seconds) / perStep));
  return (1000 * batch * steps) / (await work(steps));
}

/** Milliseconds of the steps, without the setup. */
async function trainSteps(steps: number): Promise<number> {
  const plan = { epochs: 1, batchSize: batch, learningRate: 1e-4, decay: 0.5, weightDecay: 1e-5 };
  let milliseconds = Number.NaN;
  const result = await trainNetwork(
    model,
    noise(steps * batch),
    { ...plan, seed: 0, scope: 'all' },
    {
      now: () => performance.now(),
      onProgress: ({ step, samplesPerSecond }) => {
        if (step === steps) milliseconds = (1000 * batch * steps) / samplesPerSecond;
      },
    },
  );
  if (result.outcome !== 'trained') throw new Error(`the training ${result.outcome}`);
  return milliseconds;
}

/** Milliseconds of the batches, without the setup. */
async function inferBatches(batches: number): Promise<number> {
  let began = Number.NaN;
  const onProgress = () => {
    // After the first batch, which is not counted.
    if (Number.isNaN(began)) began = performance.now();
  };
  const options = { scope: 'all', batchSize: batch, onProgress } as const;
  await score(model, noise((batches + 1) * batch), options);
  return performance.now() - began;
}

/** Samples that take almost no time to make. */
function noise(count: number): Samples {
  const image = Float32Array.from({ length: 32 * 32 }, (_, i) => Math.sin(i * i));
  return {
    count,
    shape: [32, 32, 1],
    classes: 10,
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
    fill: (indices, out) => {
      for (let i = 0; i < indices.length; i++) out.set(image, i * image.length);
    },
  };
}
