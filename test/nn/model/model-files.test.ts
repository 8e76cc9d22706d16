/** A model on disk: its bytes, and what is refused when it is read. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ExpectedError } from '../../../src/base/expected-error.ts';
import { countParameters } from '../../../src/nn/model/description.ts';
import type { ModelHistory } from '../../../src/nn/model/history.ts';
import { initializeModel } from '../../../src/nn/model/initialize.ts';
import { readModel, writeModel } from '../../../src/nn/model/model-files.ts';
import { parseModelJson } from '../../../src/nn/model/model-json.ts';
import {
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../../src/safetensors/safetensors.ts';
import { tiny } from './small-networks.ts';

const history = {
  title: 'tiny',
  dataset: 'bands',
  training: { seed: 3 },
  original: { classifier: 10, total: 20 },
};

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
