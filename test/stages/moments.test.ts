/** The stage types that use second moments of the inputs: `moments`, `fit` and `repair`. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { ModelDescription } from '../../src/nn/model/description.ts';
import { countParameters } from '../../src/nn/model/description.ts';
import type { LayerRow } from '../../src/nn/model/history.ts';
import { readModel, writeModel } from '../../src/nn/model/model-files.ts';
import { readSafetensors, writeSafetensors } from '../../src/safetensors/safetensors.ts';
import { digestsOf, type Folder, filesIn, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const network = { architecture: 'mlp', layers: [48, 32, 24], size: 28 };
const training = { epochs: 4, batch: 10, learningRate: 3e-3, validation: 20 };
const images = { images: 150, heldOut: 40 };

let data: Folder;
let model: Folder;
let factors: Folder;
let moments: Folder;

beforeAll(async () => {
  data = writeDigits(bench.folder(), 300, 60);
  const parameters = { network, ...training };
  model = (await bench.run('train', { parameters, inputs: { data } })).model!;
  factors = (await bench.run('factorize', { inputs: { model } })).factors!;
  moments = (await bench.run('moments', { parameters: images, inputs: { model, data } })).moments!;
});

const fitted = async (parameters: object, inputs: object = {}) =>
  (await bench.run('fit', { parameters, inputs: { model, factors, moments, ...inputs } })).model!;

const decompose = async (parameters: object) =>
  (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;

const repair = async (source: Folder, parameters: object = images) =>
  (await bench.run('repair', { parameters, inputs: { model: source, original: model, data } }))
    .model!;

interface Stored {
  readonly description: ModelDescription;
  readonly history: {
    readonly compression: {
      readonly method: string;
      readonly label: string;
      readonly layers: readonly LayerRow[];
    };
  };
}

const compressionOf = (folder: Folder) => json<Stored>(folder, 'model.json').history.compression;

const scoreOf = async (source: Folder): Promise<EvaluationRow> => {
  const { scores } = await bench.run('evaluate', { inputs: { models: [source], data } });
  return json<EvaluationRow[]>(scores!, 'rows.json')[0]!;
};

describe('moments', () => {
  it('has moments and factors of each dense layer except the last, always the same bytes', async () => {
    expect(filesIn(moments)).toEqual(
      ['classifier.0', 'classifier.2', 'classifier.4'].flatMap((name) => [
        `${name}.moments.safetensors`,
        `${name}.whitened.safetensors`,
      ]),
    );
    const again = await bench.run('moments', { parameters: images, inputs: { model, data } });
    expect(digestsOf(again.moments!)).toEqual(digestsOf(moments));
    const { tensors } = readSafetensors(`${moments}/classifier.2.moments.safetensors`);
    expect(tensors.get('moments')!.shape).toEqual([48, 48]);
    expect(tensors.get('rows')!.data).toEqual(Float64Array.of(150));
    expect(tensors.get('heldOut.rows')!.data).toEqual(Float64Array.of(40));
  });

  it('holds out at most a quarter, and nothing if nothing is asked', async () => {
    const some = async (parameters: object) => {
      const made = await bench.run('moments', { parameters, inputs: { model, data } });
      return readSafetensors(`${made.moments!}/classifier.0.moments.safetensors`).tensors;
    };
    const all = await some({});
    expect(all.get('heldOut.rows')!.data).toEqual(Float64Array.of(70));
    expect(all.get('rows')!.data).toEqual(Float64Array.of(210));
    const none = await some({ heldOut: 0 });
    expect([...none.keys()].sort()).toEqual(['mean', 'moments', 'rows']);
    expect(none.get('rows')!.data).toEqual(Float64Array.of(280));
  });
});

describe('fit', () => {
  it.each(['svd-whitened', 'cur-whitened', 'svd-output', 'svd-activation', 'cur-activation'])(
    '%s gives a model with its errors, that can be measured',
    async (method) => {
      const found = await fitted({ method, rank: 6 });
      const { layers } = compressionOf(found);
      for (const { rank, relativeError, optimalError, outputError } of layers.slice(0, 3)) {
        expect(rank).toBe(6);
        expect(relativeError).toBeGreaterThan(optimalError!);
        expect(outputError!.calibration).toBeGreaterThan(0);
        expect(outputError!.heldOut).toBeGreaterThan(0);
        expect(outputError!.heldOut).toBeLessThan(1);
      }
      expect(layers[3]!.rank).toBeNull();
      const row = await scoreOf(found);
      expect(row).toMatchObject({ method, protocol: 'posthoc', seed: null });
      expect(bench.log.join('\n')).toContain('classifier.0: its outputs differ by ');
    },
  );

  it('is nearer than any other method at the same rank, on the images that it uses', async () => {
    const errors = async (parameters: object) =>
      compressionOf(await fitted({ rank: 6, ...parameters })).layers.slice(0, 3);
    const best = await errors({ method: 'svd-whitened' });
    const others = [
      { method: 'cur-whitened' },
      { method: 'cur-whitened', form: 'columns' },
      { method: 'cur-whitened', form: 'interpolative' },
      { method: 'svd-activation' },
    ];
    for (const other of others) {
      for (const [i, { outputError }] of (await errors(other)).entries()) {
        const least = best[i]!.outputError!.calibration;
        expect(outputError!.calibration).toBeGreaterThan(least - 1e-6);
      }
    }
  });

  it('has the same number of weights as decompose at the same rate, and fits a budget', async () => {
    const parametersOf = (folder: Folder) =>
      countParameters(json<Stored>(folder, 'model.json').description).total;
    const found = await fitted({ method: 'svd-whitened', rate: 3 });
    expect(parametersOf(found)).toBe(parametersOf(await decompose({ method: 'svd', rate: 3 })));
    const shared = await fitted({ method: 'svd-whitened', rate: 3, allocation: 'budget' });
    expect(parametersOf(shared)).toBeLessThanOrEqual(parametersOf(found) * 1.01);
    const [one] = compressionOf(await fitted({ method: 'svd-whitened', energy: 0.99 })).layers;
    expect(one!.outputError!.calibration).toBeLessThanOrEqual(0.1);
  });

  it.each([
    [{ method: 'svd-whitened' }, 'give one of'],
    [{ method: 'svd-whitened', rate: 2, rank: 3 }, 'give one of'],
    [{ method: 'svd-whitened', rate: 2, form: 'rows' }, 'does not support this "form"'],
    [{ method: 'cur-whitened', rate: 2, form: 'cur' }, 'does not support this "form"'],
    [{ method: 'svd', rate: 2 }, 'Invalid type'],
  ])('refuses %o', async (parameters, message) => {
    await expect(fitted(parameters)).rejects.toThrow(message);
  });

  it('refuses moments of another model, and files that are no moments', async () => {
    const whole = readModel((file) => `${model}/${file}`);
    const weight = whole.weights.get('classifier.2.weight')!;
    const changed = { ...weight, data: weight.data.map((value) => value * 2) };
    const other = bench.folder();
    const weights = new Map([...whole.weights, ['classifier.2.weight', changed]]);
    writeModel(other, { ...whole, weights });
    const theirs = (await bench.run('factorize', { inputs: { model: other } })).factors!;
    await expect(
      fitted({ method: 'svd-whitened', rank: 3 }, { model: other, factors: theirs }),
    ).rejects.toThrow(
      'its input "moments" belongs to another model, whose layer classifier.2 has other weights',
    );
    const file = `${moments}/classifier.2.moments.safetensors`;
    const before = readSafetensors(file);
    const broken = (name: string, change: (values: Float64Array) => void) => {
      const { shape, data: values } = before.tensors.get(name)!;
      const copy = Float64Array.from(values as Float64Array);
      change(copy);
      writeSafetensors(file, {
        ...before,
        tensors: new Map([...before.tensors, [name, { shape, data: copy }]]),
      });
      return fitted({ method: 'svd-whitened', rank: 3 });
    };
    const cases = [
      ['moments', 0, -1, 'moments[0, 0] is negative'],
      ['moments', 1, 1e9, 'not finite or not symmetric at [1, 0]'],
      ['heldOut.moments', 0, Number.POSITIVE_INFINITY, 'not finite or not symmetric at [0, 0]'],
      ['mean', 2, Number.NaN, 'the mean of input 2 is NaN'],
      ['rows', 0, 0, 'rows must be a positive integer'],
    ] as const;
    for (const [name, at, value, message] of cases) {
      const failed = broken(name, (values) => {
        values[at] = value;
      });
      await expect(failed).rejects.toThrow(message);
    }
    writeSafetensors(file, { ...before, tensors: new Map([...before.tensors].slice(1)) });
    await expect(fitted({ method: 'svd-whitened', rank: 3 })).rejects.toBeInstanceOf(ExpectedError);
    writeSafetensors(file, before);
    writeFileSync(`${moments}/unused.txt`, '');
  });
});

describe('repair', () => {
  it.each([
    { method: 'svd', rank: 3 },
    { method: 'svd-balanced', rank: 3 },
    { method: 'cur-deim', rank: 4 },
    { method: 'cur-deim', rank: 4, form: 'cur-three' },
    { method: 'cur-published', rank: 4, seed: 2 },
  ])('of %o gives outputs that are nearer, with the same number of weights', async (asked) => {
    const compressed = await decompose(asked);
    bench.log.length = 0;
    const repaired = await repair(compressed);
    const of = (folder: Folder) => json<Stored>(folder, 'model.json');
    expect(of(repaired).description).toEqual(of(compressed).description);
    const { method, label, layers } = compressionOf(repaired);
    expect(method).toBe(`${compressionOf(compressed).method} repaired`);
    expect(label).toBe(`${compressionOf(compressed).label}, repaired`);
    for (const { outputError, relativeError } of layers.slice(0, 3)) {
      expect(outputError!.calibration).toBeGreaterThan(0);
      expect(relativeError).toBeGreaterThan(0);
    }
    // As the log says: never further away than before.
    for (const line of bench.log) {
      const [now, held, before, heldBefore] = line.match(/[\d.e-]+(?=%)/g)!.map(Number);
      expect(now).toBeLessThanOrEqual(before! * 1.001);
      expect(held).toBeLessThanOrEqual(heldBefore! * 1.001);
    }
    expect(bench.log).toHaveLength(3);
    const [first, second] = [await scoreOf(compressed), await scoreOf(repaired)];
    expect(second.method).toBe(method);
    expect(second.parameters).toEqual(first.parameters);
    expect(digestsOf(await repair(compressed))).toEqual(digestsOf(repaired));
  });

  it('of a fitted model uses its inputs in the compressed network', async () => {
    bench.log.length = 0;
    await repair(await fitted({ method: 'svd-output', rank: 2 }));
    expect(bench.log.join('\n')).toMatch(
      /classifier.4: its outputs differ by .*; before the repair/,
    );
  });

  it('of a model with whole layers only is that model', async () => {
    const compressed = await decompose({ method: 'svd', rate: 1 });
    bench.log.length = 0;
    const repaired = await repair(compressed);
    expect(bench.log).toEqual(['compression left all layers whole, so none is repaired']);
    const [before, after] = [await scoreOf(compressed), await scoreOf(repaired)];
    expect(after.method).toBe('svd repaired');
    expect(after.accuracy).toBe(before.accuracy);
    expect(after.parameters).toEqual(before.parameters);
  });

  it('refuses a model without factors, and another original', async () => {
    await expect(repair(model)).rejects.toThrow('no factored dense layers that can be repaired');
    const interpolative = await decompose({ method: 'cur-deim', rank: 4, form: 'interpolative' });
    await expect(repair(interpolative)).rejects.toThrow('no factored dense layers');
    const compressed = await decompose({ method: 'svd', rank: 3 });
    const parameters = { network: { ...network, layers: [40] }, ...training, epochs: 1 };
    const other = (await bench.run('train', { parameters, inputs: { data } })).model!;
    const inputs = { model: compressed, original: other, data };
    await expect(bench.run('repair', { parameters: images, inputs })).rejects.toThrow(
      'its input "original" has no dense layer classifier.0',
    );
  });
});
