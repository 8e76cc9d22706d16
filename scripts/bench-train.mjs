/**
 * Images a second in training and inference: VGG-11 on 32x32x1 images, Adam, as `npm run bench:train`.
 *
 *   --backend wasm     which backend computes
 *   --width 0.25       factor on the channels      --hidden 512   units of the dense layers
 *   --pool 1           side of the average pool    --batch 64     images a step
 *   --seconds 5        how long each of the two is timed, after a warm-up
 *   --threads 1        of the wasm backend
 *   --json             one line of JSON instead of text
 */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values: flags } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    width: { type: 'string', default: '0.25' },
    hidden: { type: 'string', default: '512' },
    pool: { type: 'string', default: '1' },
    batch: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const nn = await bundled(`
  export { startBackend } from './src/nn/backends/start.ts';
  export { vgg11 } from './src/nn/model/vgg.ts';
  export { initializeModel } from './src/nn/model/initialize.ts';
  export { trainNetwork } from './src/nn/training/train.ts';
  export { score } from './src/nn/scoring.ts';
`);

const batch = Number(flags.batch);
const backend = await nn.startBackend(flags.backend, { threads: Number(flags.threads) });
const description = nn.vgg11({
  input: [32, 32, 1],
  classes: 10,
  width: Number(flags.width),
  hidden: Number(flags.hidden),
  pool: Number(flags.pool),
});
const model = nn.initializeModel(description, 0);
const train = await rate(trainSteps, batch);
const infer = await rate(inferBatches, batch);
const result = { ...backend, batch, train: Math.round(train), infer: Math.round(infer) };
console.log(
  flags.json
    ? JSON.stringify(result)
    : `${result.name} ${result.version} on ${result.device}: ${result.train} images/s training, ${result.infer} inference`,
);

/** The repository's TypeScript as a module; packages stay outside, resolved from here. */
async function bundled(contents) {
  const outfile = fileURLToPath(new URL(`./.bench-train.${process.pid}.mjs`, import.meta.url));
  const resolveDir = fileURLToPath(new URL('..', import.meta.url));
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  try {
    return await import(outfile);
  } finally {
    await rm(outfile);
  }
}

/** Units a second of `work(count)`, sized by a warm-up to fill the time asked for. */
async function rate(work, unit) {
  await work(3);
  const perStep = (await work(5)) / 5;
  const steps = Math.max(3, Math.ceil((1000 * Number(flags.seconds)) / perStep));
  return (1000 * unit * steps) / (await work(steps));
}

async function trainSteps(steps) {
  const plan = {
    epochs: 1,
    batchSize: batch,
    learningRate: 1e-4,
    decay: 0.5,
    weightDecay: 1e-5,
    seed: 0,
    scope: 'all',
  };
  return timed(() => nn.trainNetwork(model, noise(steps * batch), plan, { now }));
}

async function inferBatches(steps) {
  return timed(() => nn.score(model, noise(steps * batch), { scope: 'all', batchSize: batch }));
}

async function timed(action) {
  const start = now();
  await action();
  return now() - start;
}

function now() {
  return performance.now();
}

/** Samples that cost next to nothing to make. */
function noise(count) {
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
