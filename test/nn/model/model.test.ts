import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ExpectedError } from '../../../src/base/expected-error.ts';
import {
  countParameters,
  type Layer,
  type ModelDescription,
} from '../../../src/nn/model/description.ts';
import type { ModelHistory } from '../../../src/nn/model/history.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { readModel, writeModel } from '../../../src/nn/model/model-files.ts';
import { parseModelJson } from '../../../src/nn/model/model-json.ts';
import { inferShapes } from '../../../src/nn/model/shapes.ts';
import { vgg11 } from '../../../src/nn/model/vgg.ts';
import {
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../../src/safetensors/safetensors.ts';

const full = { classes: 10, width: 1, hidden: 4096, pool: 7 };
const tiny = vgg11({ input: [32, 32, 1], classes: 4, width: 1 / 64, hidden: 6, pool: 2 });

const history = {
  title: 'tiny',
  dataset: 'bands',
  training: { seed: 3 },
  original: { classifier: 10, total: 20 },
};

const mixed: ModelDescription = {
  input: [8, 9, 32],
  classes: 4,
  features: [
    {
      kind: 'convolution',
      name: 'features.0',
      in: 32,
      out: 64,
      kernel: [3, 1],
      stride: [2, 3],
      padding: [1, 0],
      bias: false,
    },
    { kind: 'batch-norm', name: 'features.1', channels: 64 },
  ],
  classifier: [
    { kind: 'flatten' },
    { kind: 'interpolation', name: 'classifier.0.right', in: 768, columns: [4, 700] },
    { kind: 'dense', name: 'classifier.0.left', in: 2, out: 4, bias: true },
  ],
};

test('the full network has the parameters of torchvision and of the published experiment', () => {
  const three = countParameters(vgg11({ ...full, input: [32, 32, 3] }));
  expect(three).toEqual({ features: 9_220_480, classifier: 119_586_826, total: 128_807_306 });
  expect(countParameters(vgg11({ ...full, input: [32, 32, 1] })).features).toBe(9_219_328);
  const imagenet = vgg11({ ...full, input: [224, 224, 3], classes: 1000 });
  expect(countParameters(imagenet).total).toBe(132_863_336);
});

test('layers are named as in torchvision', () => {
  const names = [...tiny.features, ...tiny.classifier].flatMap((l) =>
    'name' in l ? [l.name] : [],
  );
  expect(names).toEqual([
    ...[0, 3, 6, 8, 11, 13, 16, 18].map((i) => `features.${i}`),
    ...[0, 3, 6].map((i) => `classifier.${i}`),
  ]);
});

test('shapes follow from the description, and a misfit names its layer', () => {
  const { boundary, classifier } = inferShapes(vgg11({ ...full, input: [32, 32, 3] }));
  expect(boundary).toEqual([1, 1, 512]);
  expect(classifier.slice(0, 3)).toEqual([[7, 7, 512], [25088], [4096]]);
  const small = vgg11({ ...full, input: [16, 16, 3] });
  expect(() => inferShapes(small)).toThrow("features[20] (max-pool): a window of 2 doesn't fit");
  const skewed: ModelDescription = { ...tiny, classifier: tiny.classifier.slice(2) };
  expect(() => inferShapes(skewed)).toThrow('classifier[0] (dense): expects a flat input');
  const unflat: ModelDescription = { ...tiny, classifier: tiny.classifier.slice(0, 1) };
  expect(() => inferShapes(unflat)).toThrow('a flatten must follow');
  expect(() => inferShapes({ ...tiny, classes: 5 })).toThrow('ends in [4], but it has 5 classes');
});

test('initial weights depend on the seed and have the spread of their kind', () => {
  const model = initializeModel(vgg11({ ...full, input: [32, 32, 1], width: 0.25, hidden: 64 }), 1);
  const weight = (name: string) => model.weights.get(name)!;
  expect(weight('features.18.weight').shape).toEqual([128, 128, 3, 3]);
  const filters = weight('features.18.weight').data;
  const deviation = Math.sqrt(filters.reduce((sum, w) => sum + w * w, 0) / filters.length);
  expect(deviation).toBeCloseTo(Math.sqrt(2 / (128 * 9)), 3);
  expect(weight('features.18.bias').data.every((b) => b === 0)).toBe(true);
  const bound = 1 / Math.sqrt(64);
  const dense = weight('classifier.3.weight').data.map(Math.abs);
  expect(dense.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(bound);
  expect(dense.reduce((a, b) => a + b) / dense.length).toBeCloseTo(bound / 2, 2);
  expect(initializeModel(tiny, 1)).toEqual(initializeModel(tiny, 1));
  expect(initializeModel(tiny, 1).weights).not.toEqual(initializeModel(tiny, 2).weights);
});

test('initial weights of rectangles and batch norms', () => {
  const { weights } = initializeModel(mixed, 1);
  const { shape, data } = weights.get('features.0.weight')!;
  expect(shape).toEqual([64, 32, 3, 1]);
  const deviation = Math.sqrt(data.reduce((sum, w) => sum + w * w, 0) / data.length);
  expect(deviation).toBeCloseTo(Math.sqrt(2 / (64 * 3)), 2);
  expect(weights.has('features.0.bias')).toBe(false);
  for (const [name, value] of Object.entries({
    weight: 1,
    bias: 0,
    running_mean: 0,
    running_var: 1,
  })) {
    expect(weights.get(`features.1.${name}`)!.data).toEqual(new Float32Array(64).fill(value));
  }
  expect(countParameters(mixed).features).toBe(64 * 32 * 3 + 2 * 64);
});

test('shapes of rectangles, and invalid columns', () => {
  expect(inferShapes(mixed)).toEqual({
    features: [
      [4, 3, 64],
      [4, 3, 64],
    ],
    boundary: [4, 3, 64],
    classifier: [[768], [2], [4]],
  });
  for (const columns of [
    [3, 3],
    [3, 2],
    [-1, 0],
    [0, 768],
    [0, 1.5],
  ]) {
    const [flatten, interpolation, dense] = mixed.classifier;
    const wrong = { ...interpolation!, columns } as Layer;
    expect(() => inferShapes({ ...mixed, classifier: [flatten!, wrong, dense!] })).toThrow(
      'classifier[1] (interpolation): its columns are some of 768 inputs',
    );
  }
});

test('a model on disk is unchanged, and has the same bytes each time', async () => {
  const model = { ...initializeModel(tiny, 3), history };
  const dirs = [await temporary(), await temporary()] as const;
  for (const dir of dirs) writeModel(dir, model);
  expect(readModel((file) => join(dirs[0], file))).toEqual(model);
  for (const file of ['model.json', 'features.safetensors', 'classifier.safetensors']) {
    const [one, two] = [await readFile(join(dirs[0], file)), await readFile(join(dirs[1], file))];
    expect(one.equals(two)).toBe(true);
  }
  const features = await readFile(join(dirs[0], 'features.safetensors'));
  expect(features.includes('features.0.weight')).toBe(true);
  expect(features.includes('classifier.')).toBe(false);
});

function temporary(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'model-'));
}

describe('model.json is checked when it is read', () => {
  const { features, classifier } = tiny;
  const description = { ...tiny };
  const { seed: _seed, ...unseeded } = { seed: 3 };
  const unranked = { name: 'classifier.0', rows: 16, cols: 4, parameters: 68 };
  const compression = {
    ...{ method: 'mine', label: 'Mine', family: 'svd', rate: 2, seed: null },
    ...{ allocation: 'uniform', scheme: null, layers: [] },
  };
  const dense = { kind: 'dense', name: 'classifier.0', in: 16, out: 4, bias: true };
  it.each<[what: string, content: unknown, message: string]>([
    ['nothing', {}, 'description is missing'],
    ['a list', [], 'description is missing'],
    ['no history', { description }, 'history is missing'],
    [
      'no seed',
      { description, history: { ...history, training: unseeded } },
      'history.training.seed is missing',
    ],
    [
      'half of the original size',
      { description, history: { ...history, original: { total: 20 } } },
      'history.original.classifier is missing',
    ],
    [
      'a compression without a rate',
      { description, history: { ...history, compression: { ...compression, rate: undefined } } },
      'history.compression.rate is missing',
    ],
    [
      'an unknown way to choose ranks',
      { description, history: { ...history, compression: { ...compression, allocation: 'luck' } } },
      'history.compression.allocation must be one of uniform, energy, budget, accuracy',
    ],
    [
      'a layer of a compression without a rank',
      { description, history: { ...history, compression: { ...compression, layers: [unranked] } } },
      'history.compression.layers[0].rank is missing',
    ],
    [
      'an unknown part that was trained further',
      { description, history: { ...history, finetuning: { scope: 'head' } } },
      'history.finetuning.scope must be one of classifier, all, factors',
    ],
    [
      'an unknown layer',
      { description: { ...tiny, features: [features[0], { kind: 'avg-pool' }] }, history },
      'description.features[1] has the unknown kind "avg-pool"; the kinds are convolution, batch-norm, relu',
    ],
    [
      'a layer without a kind',
      { description: { ...tiny, features: [{}] }, history },
      'description.features[0] has no kind; the kinds are',
    ],
    [
      'a property of every object as a kind',
      { description: { ...tiny, features: [{ kind: 'constructor' }] }, history },
      'description.features[0] has the unknown kind "constructor"',
    ],
    [
      'half a layer',
      { description: { ...tiny, classifier: [{ ...dense, in: 1.5 }] }, history },
      'description.classifier[0].in must be a whole number of 1 or more',
    ],
    [
      'no stride',
      { description: { ...tiny, features: [{ ...features[0], stride: undefined }] }, history },
      'description.features[0].stride is missing',
    ],
    [
      'one name for two layers',
      { description: { ...tiny, classifier: [...classifier, dense] }, history },
      'two layers have the name "classifier.0"',
    ],
    [
      'layers that do not fit',
      { description: { ...tiny, classes: 5 }, history },
      'the network ends in [4], but it has 5 classes',
    ],
  ])('%s', async (_what, content, message) => {
    const dir = await temporary();
    writeModel(dir, { ...initializeModel(tiny, 3), history });
    await writeFile(join(dir, 'model.json'), JSON.stringify(content));
    const read = () => readModel((file) => join(dir, file));
    expect(read).toThrow(ExpectedError);
    expect(read).toThrow(`model.json: ${message}`);
  });

  it('the example of docs/models.md', () => {
    const [, example] = /```json\n(.*?)```/s.exec(readFileSync('docs/models.md', 'utf8'))!;
    const read = parseModelJson(example!, 'model.json');
    expect(countParameters(read.description)).toMatchObject(read.history.original!);
  });

  it('keeps fields of the history that only the user knows', () => {
    const mine = { ...history, training: { ...history.training, epochs: 3 }, note: 'from a paper' };
    const text = JSON.stringify({ description, history: mine });
    expect(parseModelJson(text, 'model.json').history).toEqual(mine);
  });

  it('a model that was not compressed need not have its original size', async () => {
    const dir = await temporary();
    const { original: _original, ...others } = history;
    writeModel(dir, { ...initializeModel(tiny, 3), history: others as ModelHistory });
    const { classifier, total } = countParameters(tiny);
    const read = readModel((file) => join(dir, file));
    expect(read.history).toMatchObject({ original: { classifier, total } });
  });

  it('text that is not JSON', async () => {
    const dir = await temporary();
    await writeFile(join(dir, 'model.json'), '{"description": ');
    expect(() => readModel((file) => join(dir, file))).toThrow('model.json: it is not JSON');
  });
});

describe('the weights of a model', () => {
  it('are named if they are missing or have another shape', async () => {
    const dir = await temporary();
    const model = { ...initializeModel(tiny, 3), history };
    writeModel(dir, model);
    const path = join(dir, 'classifier.safetensors');
    const { tensors } = readSafetensors(path);
    const read = () => readModel((file) => join(dir, file));
    const bias = new Map(tensors);
    bias.delete('classifier.0.bias');
    writeSafetensors(path, { tensors: bias, metadata: {} });
    expect(read).toThrow(
      'classifier.safetensors has no array "classifier.0.bias", which the layers of model.json need',
    );
    bias.set('classifier.0.bias', { shape: [1], data: Float32Array.of(1) });
    writeSafetensors(path, { tensors: bias, metadata: {} });
    expect(read).toThrow('array "classifier.0.bias" has the shape [1], but');
    const whole = { shape: tensors.get('classifier.0.bias')!.shape, data: new Int32Array(6) };
    writeSafetensors(path, { tensors: bias.set('classifier.0.bias', whole), metadata: {} });
    expect(read).toThrow('array "classifier.0.bias" has integers, not floats');
  });

  it('may have 64 bits, and the file may contain other arrays', async () => {
    const dir = await temporary();
    const model = { ...initializeModel(tiny, 3), history };
    writeModel(dir, model);
    const path = join(dir, 'classifier.safetensors');
    const wide = new Map<string, StoredTensor>(
      [...readSafetensors(path).tensors].map(([name, { shape, data }]) => [
        name,
        { shape, data: Float64Array.from(data) },
      ]),
    );
    wide.set('steps', { shape: [1], data: Int32Array.of(7) });
    writeSafetensors(path, { tensors: wide, metadata: {} });
    expect(readModel((file) => join(dir, file))).toEqual(model);
  });
});
