/** Layers after a pool that copies are trained like the equivalent layers with fewer inputs. */
import { beforeAll, describe, expect, it, test } from 'vitest';
import { activationSamples } from '../../../src/datasets/activation-samples.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { batchesOf } from '../../../src/nn/batch.ts';
import { copiedInputs, narrowed, widened } from '../../../src/nn/model/copied-inputs.ts';
import type { Layer } from '../../../src/nn/model/description.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import { partWeights, type Weights } from '../../../src/nn/model/weights.ts';
import type { TrainingPlan } from '../../../src/nn/training/plan.ts';
import { beginTraining, type TrainingRun } from '../../../src/nn/training/run.ts';
import { singleSteps } from '../../../src/nn/training/single-steps.ts';
import { disposeLosses, lossIn } from '../../../src/nn/training/step-losses.ts';
import { backends, expectClose } from '../kernels/differentiate.ts';

const network = { classes: 3, width: 1 / 8, hidden: 16, pool: 7, architecture: 'vgg11' } as const;
const description = vgg({ ...network, input: [32, 32, 1], head: 'published', batchNorm: false });
const layers: readonly Layer[] = [...description.features, ...description.classifier];
const first = description.classifier.find(({ kind }) => kind === 'dense') as { name: string };
const weight = `${first.name}.weight`;

describe('copied inputs', () => {
  it('are those of the dense layer after a pool of a 1 x 1 map', () => {
    expect(copiedInputs(layers, [32, 32, 1])).toEqual(new Map([[weight, 49]]));
    expect(copiedInputs(description.classifier, [1, 1, 64])).toEqual(new Map([[weight, 49]]));
  });

  it('are none if the pool averages, or does not copy', () => {
    expect(copiedInputs(layers, [64, 64, 1])).toEqual(new Map());
    const pool: Layer = { kind: 'adaptive-average-pool', size: 1 };
    const dense: Layer = { kind: 'dense', name: 'dense', in: 5, out: 2, bias: true };
    expect(copiedInputs([pool, { kind: 'flatten' }, dense], [1, 1, 5])).toEqual(new Map());
    expect(copiedInputs([dense], [5])).toEqual(new Map());
  });

  const initial: Weights = new Map([
    ['a', { shape: [1, 8], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
    ['b', { shape: [2], data: Float32Array.of(1, 2) }],
  ]);
  const copies = new Map([['a', 4]]);

  it('are summed, and other arrays are shared', () => {
    const narrow = narrowed(initial, copies);
    expect(narrow.get('a')).toEqual({ shape: [1, 2], data: Float32Array.of(10, 26) });
    expect(narrow.get('b')).toBe(initial.get('b'));
  });

  it('have moved by equal shares of the change of their sum', () => {
    const bias = { shape: [2], data: Float32Array.of(3, 4) };
    const sums = { shape: [1, 2], data: Float32Array.of(14, 24) };
    const trained: Weights = new Map([
      ['a', sums],
      ['b', bias],
    ]);
    const wide = widened(trained, initial, copies);
    expect(wide.get('a')).toEqual({
      shape: [1, 8],
      data: Float32Array.of(2, 3, 4, 5, 4.5, 5.5, 6.5, 7.5),
    });
    expect(wide.get('b')).toBe(bias);
  });
});

const model = initializeModel(description, 5);
const boundary = [1, 1, 64] as const;
const random = randomStream(3, 'copied inputs');
const samples = activationSamples(
  Float32Array.from({ length: 32 * 64 }, () => Math.max(0, random.normal())),
  boundary,
  Uint8Array.from({ length: 32 }, () => random.integer(3)),
  3,
);
const plan: TrainingPlan = {
  ...{ epochs: 2, batchSize: 16, learningRate: 1e-3, decay: 1, seed: 3 },
  ...{ weightDecay: 0, scope: 'classifier' },
};

async function finished(run: TrainingRun): Promise<Weights> {
  while (run.step() < run.steps) run.advance();
  const weights = await run.weights();
  run.dispose();
  return weights;
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(() => startBackend(backend));

  test('a layer that is trained as sums has the result of the plain training', async () => {
    // With weight decay, it is folded in each step.
    const expected = await finished(beginTraining(model, samples, { ...plan, weightDecay: 1e-30 }));
    const actual = await finished(beginTraining(model, samples, plan));
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    expect(actual.size).toBe(6);
    for (const [name, { shape, data }] of actual) {
      expect(shape).toEqual(expected.get(name)!.shape);
      expectClose(data, expected.get(name)!.data, 1e-4);
    }
    expect(actual.get(weight)!.data).not.toEqual(model.weights.get(weight)!.data);
  });

  test('a layer that is not trained is used as sums', async () => {
    const classifier = partWeights(model, 'classifier');
    const ofFirst = (name: string) => name.startsWith(`${first.name}.`);
    const fixed = new Map([...classifier].filter(([name]) => ofFirst(name)));
    const trained = new Map([...classifier].filter(([name]) => !ofFirst(name)));
    const losses = [fixed, narrowed(fixed, new Map([[weight, 49]]))].map(async (of) => {
      const steps = singleSteps({
        ...{ layers: description.classifier, batches: batchesOf(samples, boundary), seed: 3 },
        batchSizes: [16],
        ...{ weightDecay: 0, copies: new Map(), multipliers: new Map() },
        ...{ trained, statistics: new Map(), fixed: of },
      });
      const loss = steps.advance(
        Uint32Array.from({ length: 16 }, (_, i) => i),
        0,
        1e-3,
      );
      const value = await lossIn(loss);
      disposeLosses([loss]);
      steps.dispose();
      return value;
    });
    const [whole, sums] = await Promise.all(losses);
    expect(sums).toBeCloseTo(whole!, 5);
  });

  test('stopped and continued at each step, it ends in the same bytes', async () => {
    const expected = await finished(beginTraining(model, samples, plan));
    let run = beginTraining(model, samples, plan);
    while (run.step() < run.steps) {
      run.advance();
      const saved = await run.checkpoint();
      run.dispose();
      run = beginTraining(model, samples, plan, saved);
    }
    expect(await finished(run)).toEqual(expected);
  });
});
