/** A model and data that don't fit together fail the stage with a clear message. This is not a bug of the program. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import {
  type Layer,
  type ModelDescription,
  parameterShapes,
} from '../../src/nn/model/description.ts';
import { writeModel } from '../../src/nn/model/model-files.ts';
import type { Weight } from '../../src/nn/model/weights.ts';
import { aboutFactors } from '../../src/stages/shared/compression/factor-files.ts';
import { artifactIn, type Folder, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

let data: Folder;
beforeAll(() => {
  data = writeDigits(bench.folder(), 20, 10);
});

function modelOf(description: ModelDescription): Folder {
  const shapes = parameterShapes([...description.features, ...description.classifier]);
  const weights = new Map<string, Weight>(
    shapes.map(({ name, shape }) => {
      const size = shape.reduce((product, one) => product * one, 1);
      return [name, { shape, data: new Float32Array(size).fill(0.01) }];
    }),
  );
  const folder = bench.folder();
  const history = {
    title: 'mine',
    dataset: 'mine',
    training: { seed: 0 },
    original: { classifier: 1, total: 1 },
  };
  writeModel(folder, { description, weights, history });
  return folder;
}

function linear(input: ModelDescription['input'], classes: number): Folder {
  const [height, width, channels] = input;
  const dense: Layer = {
    kind: 'dense',
    name: 'classifier.0',
    in: height * width * channels,
    out: classes,
    bias: true,
  };
  return modelOf({ input, classes, features: [], classifier: [{ kind: 'flatten' }, dense] });
}

async function failure(stage: string, parameters: object, model: Folder): Promise<ExpectedError> {
  const inputs = stage === 'evaluate' ? { models: [model], data } : { model, data };
  const failed = await bench
    .run(stage, { parameters, inputs })
    .then(() => undefined)
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ExpectedError);
  return failed as ExpectedError;
}

const tuning = { epochs: 1, batch: 10, learningRate: 1e-3 };

describe.each([
  ['evaluate', {}],
  ['finetune', tuning],
  ['featurize', {}],
  ['calibrate', { method: 'svd-output' }],
  ['moments', {}],
])('%s', (stage, parameters) => {
  it.each([
    [5, 'the model has 5 classes, but MNIST has 10'],
    [12, 'the model has 12 classes, but MNIST has 10'],
  ])('refuses a model of %d classes on data of ten', async (classes, expected) => {
    const { message } = await failure(stage, parameters, linear([28, 28, 1], classes));
    expect(message).toBe(expected);
  });

  it.each([
    [28, 28, 3],
    [28, 32, 1],
    [8, 8, 1],
  ])('refuses a model with an input of %d x %d x %d', async (...input) => {
    const { message } = await failure(stage, parameters, linear(input, 10));
    expect(message).toContain('28 x 28');
  });

  it('refuses a damaged record of the data set', async () => {
    const whole = data;
    data = writeDigits(bench.folder(), 20, 10);
    for (const text of ['', '{', 'null', '[]', '{"dataset":"other"}', '{"title":"T"}']) {
      writeFileSync(`${data}/dataset.json`, text);
      const { message } = await failure(stage, parameters, linear([28, 28, 1], 10));
      expect(message).toBe('dataset.json does not describe a data set');
    }
    data = whole;
  });
});

it.each([
  ['{', 'it is not JSON'],
  ['null', 'the file must be an object'],
  ['{"dataset":"mnist","title":"mine","classes":10}', ' is missing'],
])('invalid artifacts of a command: %s', async (text, expected) => {
  const model = linear([28, 28, 1], 10);
  const activations = (await bench.run('featurize', { inputs: { model, data } })).activations!;
  writeFileSync(`${activations}/activations.json`, text);
  const inputs = { models: [model], data, activations };
  const refused = (file: string) => ({
    name: 'ExpectedError',
    message: expect.stringMatching(new RegExp(`^${file}\\.json: .*${expected}`)),
  });
  await expect(bench.run('evaluate', { inputs })).rejects.toMatchObject(refused('activations'));
  const factors = bench.folder();
  writeFileSync(`${factors}/about.json`, text);
  expect(() => aboutFactors(artifactIn(factors))).toThrow(
    expect.objectContaining(refused('about')),
  );
});

it('a pool that does not follow a ReLU is scored, but not trained', async () => {
  const pool: Layer = { kind: 'max-pool', size: 2, stride: 2 };
  const conv: Layer = {
    kind: 'convolution',
    name: 'features.0',
    in: 1,
    out: 1,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
    bias: true,
  };
  const dense: Layer = { kind: 'dense', name: 'classifier.0', in: 196, out: 10, bias: true };
  const model = modelOf({
    input: [28, 28, 1],
    classes: 10,
    features: [conv, pool],
    classifier: [{ kind: 'flatten' }, dense],
  });
  await bench.run('evaluate', { inputs: { models: [model], data } });
  const { message, advice } = await failure('finetune', { ...tuning, scope: 'all' }, model);
  expect(message).toContain('layer 1 ');
  expect(message).toContain('max-pool that does not follow a relu');
  expect(advice).toContain('train the classifier alone');
});
