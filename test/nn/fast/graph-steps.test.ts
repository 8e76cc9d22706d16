/** The steps of a training as one graph have the same results as single operations. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { batchesOf } from '../../../src/nn/batch.ts';
import { graphSteps } from '../../../src/nn/fast/tensorflow/graph-steps.ts';
import { copiedInputs } from '../../../src/nn/model/copied-inputs.ts';
import type { Layer } from '../../../src/nn/model/description.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import type { Network, Weights } from '../../../src/nn/model/weights.ts';
import { fillDropoutMask } from '../../../src/nn/training/dropout-masks.ts';
import { lossAndGradients } from '../../../src/nn/training/gradients.ts';
import { beginTraining } from '../../../src/nn/training/run.ts';
import { singleSteps } from '../../../src/nn/training/single-steps.ts';
import { disposeLosses, lossIn } from '../../../src/nn/training/step-losses.ts';
import type { Steps, StepsOptions } from '../../../src/nn/training/steps.ts';
import { bands } from '../bands.ts';
import { backends, expectClose } from '../kernels/differentiate.ts';

const samples = bands(32, 'train');
const code = { lossAndGradients, fillDropoutMask };
const widths = { input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 16, pool: 7 } as const;
const network = { ...widths, architecture: 'vgg11', head: 'published' } as const;
const plain = initializeModel(vgg({ ...network, batchNorm: false }), 5);
const normed = initializeModel(vgg({ ...network, batchNorm: true }), 5);

/**
 * The first six weights are not compared, and neither are biases before a batch norm. The batch norm subtracts them, so
 * their gradients are rounding errors.
 */
function optionsOf(model: Network): StepsOptions {
  const { features, classifier, input } = model.description;
  const layers: readonly Layer[] = [...features, ...classifier];
  const statistic = (name: string) => name.includes('running_');
  const fixed = [
    ...[...model.weights.keys()].filter((name) => !statistic(name)).slice(0, 6),
    ...layers.flatMap((layer, index) =>
      layer.kind === 'convolution' && layers[index + 1]?.kind === 'batch-norm'
        ? [`${layer.name}.bias`]
        : [],
    ),
  ];
  const taken = (names: (name: string) => boolean): Weights =>
    new Map([...model.weights].filter(([name]) => names(name)));
  return {
    ...{ layers, batches: batchesOf(samples, input), batchSizes: [12, 7], seed: 3 },
    weightDecay: 1e-3,
    copies: copiedInputs(layers, input),
    multipliers: new Map([['classifier.3.weight', 3]]),
    trained: taken((name) => !statistic(name) && !fixed.includes(name)),
    statistics: taken((name) => statistic(name) && !fixed.includes(stem(name))),
    fixed: taken((name) => fixed.includes(name) || (statistic(name) && fixed.includes(stem(name)))),
  };
}

/** The name of the weight in the batch norm of a running statistic. */
function stem(name: string): string {
  return name.replace(/running_\w+$/, 'weight');
}

const indices = (size: number) => Uint32Array.from({ length: size }, (_, i) => (7 * i) % 32);

/** The losses of five steps, the fourth on a smaller batch, and the final state. */
async function after(steps: Steps): Promise<ReadonlyMap<string, Float32Array>> {
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    const loss = steps.advance(indices(step === 3 ? 7 : 12), step, 1e-3);
    losses.push(await lossIn(loss));
    disposeLosses([loss]);
  }
  const { firstMoments, secondMoments } = await steps.adam();
  const left = [...(await steps.weights()), ...(await steps.statistics())];
  steps.dispose();
  return new Map([
    ['losses', Float32Array.from(losses)],
    ...left.map(([name, { data }]) => [name, data as Float32Array] as const),
    ...firstMoments.map((moment, index) => [`first ${index}`, moment] as const),
    ...secondMoments.map((moment, index) => [`second ${index}`, moment] as const),
  ]);
}

// No other backend has graphs. It is present only if a user has installed it.
describe.skipIf(!backends.includes('tensorflow'))(
  'on tensorflow (skipped if it is not installed)',
  () => {
    beforeAll(async () => void (await startBackend('tensorflow')));

    test.each([
      ['weights, some of them fixed, decay and dropout', plain],
      ['batch norms and their statistics', normed],
    ])('a graph has the same results as single operations: %s', async (_, model) => {
      const before = tf.memory().numTensors;
      const options = optionsOf(model);
      const expected = await after(singleSteps(options));
      const actual = await after(graphSteps(options, code));
      expect([...actual.keys()]).toEqual([...expected.keys()]);
      for (const [name, values] of actual) expectClose(values, expected.get(name)!, 1e-3);
      expect(actual.get('losses')).not.toEqual(new Float32Array(5));
      expect(tf.memory().numTensors).toBe(before);
    });

    test('computations that differ in more than their values have different graphs', async () => {
      const options = optionsOf(plain);
      const dropless = options.layers.filter(({ kind }) => kind !== 'dropout');
      for (const other of [
        {},
        { weightDecay: 0 },
        { multipliers: new Map() },
        { layers: dropless },
        { copies: new Map() },
        { trained: new Map([...options.trained].reverse()) },
      ]) {
        const varied = { ...options, ...other };
        const expected = await after(singleSteps(varied));
        const actual = await after(graphSteps(varied, code));
        expect([...actual.keys()]).toEqual([...expected.keys()]);
        for (const [name, values] of actual) expectClose(values, expected.get(name)!, 1e-3);
      }
    });

    test('a training that is stopped and continued at each step ends in the same bytes', async () => {
      const plan = { epochs: 2, batchSize: 12, learningRate: 1e-3, decay: 0.5, weightDecay: 1e-4 };
      const whole = beginTraining(normed, samples, { ...plan, seed: 1, scope: 'all' });
      while (whole.step() < whole.steps) whole.advance();
      let run = beginTraining(normed, samples, { ...plan, seed: 1, scope: 'all' });
      while (run.step() < run.steps) {
        run.advance();
        const saved = await run.checkpoint();
        run.dispose();
        run = beginTraining(normed, samples, { ...plan, seed: 1, scope: 'all' }, saved);
      }
      expect(await run.weights()).toEqual(await whole.weights());
      expect(await run.losses()).toEqual(await whole.losses());
      for (const one of [run, whole]) one.dispose();
    });
  },
);
