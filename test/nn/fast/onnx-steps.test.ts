/** A training step on ONNX Runtime computes what single operations compute on tfjs's cpu backend. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BackendName } from '../../../src/nn/backends/names.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { onnxSteps } from '../../../src/nn/fast/onnx/steps.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import type { CheckpointState } from '../../../src/nn/training/checkpoint.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src/nn/training/checkpoint-file.ts';
import { fillDropoutMask } from '../../../src/nn/training/dropout-masks.ts';
import { lossAndGradients } from '../../../src/nn/training/gradients.ts';
import type { TrainingPlan } from '../../../src/nn/training/plan.ts';
import { beginTraining, type TrainingRun } from '../../../src/nn/training/run.ts';
import { singleSteps } from '../../../src/nn/training/single-steps.ts';
import { disposeLosses, lossIn } from '../../../src/nn/training/step-losses.ts';
import type { Steps } from '../../../src/nn/training/steps.ts';
import { bands } from '../bands.ts';
import { expectClose } from '../kernels/differentiate.ts';
import { BATCH, batch, SMALLER_BATCH } from './noisy-training.ts';
import { hasOnnx } from './onnx.ts';
import { type Case, cases } from './onnx-networks.ts';

const network = { input: [32, 32, 1], classes: 3, width: 1 / 16, hidden: 16, pool: 7 } as const;
const vgg11 = { ...network, architecture: 'vgg11', head: 'published' } as const;
const model = initializeModel(vgg({ ...vgg11, batchNorm: false }), 5);
const normed = initializeModel(vgg({ ...vgg11, batchNorm: true }), 5);
const code = { lossAndGradients, fillDropoutMask };

/** Loss, gradients and statistics of one step. */
async function firstStep(steps: Steps, size: number): Promise<ReadonlyMap<string, Float32Array>> {
  const before = await steps.weights();
  const loss = steps.advance(batch(size), 0, 1e-3);
  // From zero, the first moments become a tenth of the gradients.
  const { firstMoments } = await steps.adam();
  const values: [string, Float32Array][] = [['loss', Float32Array.of(await lossIn(loss))]];
  [...before.keys()].forEach((name, index) => {
    values.push([`gradient of ${name}`, firstMoments[index]!]);
  });
  for (const [name, { data }] of await steps.statistics()) values.push([name, data]);
  disposeLosses([loss]);
  steps.dispose();
  return new Map(values);
}

describe.skipIf(!hasOnnx)('on onnx (skipped if it is not installed)', () => {
  beforeAll(async () => void (await startBackend('onnx')));

  const sizes = cases.flatMap((one) => [BATCH, SMALLER_BATCH].map((size) => ({ ...one, size })));
  test.each(sizes)('$title: $size samples', async ({ options, size }: Case & { size: number }) => {
    const actual = await firstStep(onnxSteps(options, code), size);
    await startBackend('cpu');
    const expected = await firstStep(singleSteps(options), size);
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    for (const [name, values] of expected) {
      // What is compared is there.
      expect(Math.max(...values.map(Math.abs)), name).toBeGreaterThan(0);
      expectClose(actual.get(name)!, values, 1e-5);
    }
  });

  test('a few steps leave what they leave on wasm', async () => {
    const plan = { epochs: 1, batchSize: 12, learningRate: 1e-3, decay: 1, limit: 32 };
    const trained = async (backend: BackendName) => {
      await startBackend(backend);
      const whole = { ...plan, weightDecay: 1e-4, seed: 1, scope: 'all' } as const;
      const run = beginTraining(model, bands(32, 'train'), whole);
      while (run.step() < run.steps) run.advance();
      const left = { weights: await run.weights(), losses: await run.losses() };
      run.dispose();
      return left;
    };
    const actual = await trained('onnx');
    const expected = await trained('wasm');
    expectClose(actual.losses, expected.losses, 1e-5);
    for (const [name, { data }] of expected.weights) {
      expectClose(actual.weights.get(name)!.data, data, 1e-3);
      expect(data).not.toEqual(model.weights.get(name)!.data);
    }
  });

  test('trainings in turn in one process leave what each leaves alone', async () => {
    await startBackend('onnx');
    const plan = { epochs: 1, learningRate: 1e-3, decay: 1, seed: 1, scope: 'all' } as const;
    const begin = () => [
      beginTraining(model, bands(32, 'train'), { ...plan, batchSize: 12, weightDecay: 0 }),
      beginTraining(normed, bands(24, 'train'), { ...plan, batchSize: 8, weightDecay: 1e-4 }),
    ];
    const advance = (run: TrainingRun) => {
      if (run.step() < run.steps) run.advance();
    };
    const [alone, together] = [begin(), begin()];
    for (const run of alone) for (let step = 0; step < run.steps; step++) advance(run);
    for (let step = 0; step < 3; step++) for (const run of together) advance(run);
    for (const [index, run] of together.entries()) {
      expect(run.step()).toBe(run.steps);
      expect(await run.weights()).toEqual(await alone[index]!.weights());
      run.dispose();
    }
    for (const run of alone) run.dispose();
  });

  test.each([
    ['as sums', 0],
    ['with weight decay', 1e-4],
  ])(
    'continued from a checkpoint at each step, it ends in the same bytes: %s',
    async (_, weightDecay) => {
      await startBackend('onnx');
      const plan: TrainingPlan = {
        ...{ epochs: 2, batchSize: 12, learningRate: 1e-3, decay: 0.5, seed: 1 },
        ...{ weightDecay, scope: 'all' },
      };
      const begin = (saved?: CheckpointState) =>
        beginTraining(normed, bands(32, 'train'), plan, saved);
      const whole = begin();
      while (whole.step() < whole.steps) whole.advance();
      const path = join(await mkdtemp(join(tmpdir(), 'checkpoint-')), 'checkpoint');
      let run = begin();
      while (run.step() < run.steps) {
        run.advance();
        writeCheckpoint(path, await run.checkpoint());
        run.dispose();
        run = begin(readCheckpoint(path)!);
      }
      expect(await run.weights()).toEqual(await whole.weights());
      expect(await run.losses()).toEqual(await whole.losses());
      for (const one of [run, whole]) one.dispose();
    },
  );
});
