/** A number that is not finite fails the stage that finds it, and the message has its place. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel, writeModel } from '../../src/nn/model/model-files.ts';
import type { Weight } from '../../src/nn/model/weights.ts';
import { StageError } from '../../src/runner/graph/stage-type.ts';
import { type Folder, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const network = { architecture: 'mlp', layers: [24, 16], size: 28 };
const training = { epochs: 2, batch: 10, learningRate: 3e-3, validation: 20 };

let data: Folder;
let model: Folder;
let factors: Folder;

beforeAll(async () => {
  data = writeDigits(bench.folder(), 120, 30);
  const parameters = { network, ...training };
  model = (await bench.run('train', { parameters, inputs: { data } })).model!;
  factors = (await bench.run('factorize', { inputs: { model } })).factors!;
});

/** The model with one array changed. */
function changed(name: string, change: (data: Float32Array) => void): Folder {
  const whole = readModel((file) => `${model}/${file}`);
  const { shape, data: values } = whole.weights.get(name)!;
  const copy: Weight = { shape, data: values.slice() };
  change(copy.data);
  const folder = bench.folder();
  writeModel(folder, { ...whole, weights: new Map([...whole.weights, [name, copy]]) });
  return folder;
}

async function failure(stage: string, parameters: object, inputs: object): Promise<StageError> {
  const failed = await bench
    .run(stage, { parameters, inputs: inputs as Record<string, Folder> })
    .then(() => undefined)
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(StageError);
  return failed as StageError;
}

const uses = (given: Folder): Record<string, readonly [object, object]> => ({
  evaluate: [{}, { models: [given], data }],
  factorize: [{}, { model: given }],
  featurize: [{}, { model: given, data }],
  decompose: [
    { method: 'svd', rank: 3 },
    { model: given, factors },
  ],
  search: [
    { method: 'svd', tolerance: 0.5 },
    { model: given, factors, data },
  ],
  calibrate: [{ method: 'svd-output' }, { model: given, data }],
  moments: [{}, { model: given, data }],
  repair: [{}, { model: given, original: given, data }],
  finetune: [
    { epochs: 1, batch: 10, learningRate: 1e-3 },
    { model: given, data },
  ],
  graft: [{}, { features: given, classifier: given }],
  fold: [{}, { model: given }],
});

describe.each(Object.keys(uses('')))('%s', (stage) => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a model with a weight of %d, and names it',
    async (value) => {
      const broken = changed('classifier.2.weight', (values) => {
        values[2 * 24 + 5] = value;
        values[7 * 24 + 1] = value;
      });
      const [parameters, inputs] = uses(broken)[stage]!;
      const { message, advice } = await failure(stage, parameters, inputs);
      expect(message).toContain(`classifier.2.weight is ${value} at [2, 5], counted from 0`);
      expect(message).toContain('2 of its entries are not finite');
      expect(message).toContain('MLP');
      expect(advice).toContain('train it again');
    },
  );
});

describe('finite weights of a network with numbers that are not finite', () => {
  const huge = () =>
    changed('classifier.2.weight', (values) => {
      values.set(values.map((value) => value * 3e38));
    });

  it.each(['evaluate', 'search'])('are refused by %s, with the layer', async (stage) => {
    const [parameters, inputs] = uses(huge())[stage]!;
    const { message, advice } = await failure(stage, parameters, inputs);
    expect(message).toMatch(/gives numbers that are not finite for \d+ of \d+ images/);
    expect(message).toMatch(
      /for image \d+, entry \d+ of the output of classifier\.2 is (NaN|-?Infinity)/,
    );
    expect(advice).toContain('too large for 32-bit floats');
  });

  it('are refused by finetune, as a training that diverges', async () => {
    const [parameters, inputs] = uses(huge()).finetune!;
    const { message, advice } = await failure('finetune', parameters, inputs);
    expect(message).toMatch(/the training diverged: in epoch 1, by step \d+ of \d+, the loss is/);
    expect(advice).toContain('lower learningRate, which is 0.001');
  });
});

describe('train', () => {
  it.each([1e30, 1e38])(
    'with a learning rate of %d reports that it diverged, and when',
    async (rate) => {
      const parameters = { network, ...training, learningRate: rate };
      const { message, advice } = await failure('train', parameters, { data });
      expect(message).toMatch(/the training diverged: in epoch \d, by step \d+ of \d+, /);
      expect(advice).toContain('lower learningRate');
    },
  );
});

it.each(['svd', 'cur-published', 'cur-deim', 'cur-lineartime'])(
  'weights near the largest float32 are factored by %s without an infinity',
  async (method) => {
    const large = changed('classifier.0.weight', (values) => {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      values.set(values.map((value) => (value / largest) * 3e38));
    });
    const of = (await bench.run('factorize', { inputs: { model: large } })).factors!;
    const made = await bench.run('decompose', {
      parameters: { method, rank: 4 },
      inputs: { model: large, factors: of },
    });
    const { weights } = readModel((file) => `${made.model}/${file}`);
    for (const { data: values } of weights.values())
      expect(values.every(Number.isFinite)).toBe(true);
  },
);
