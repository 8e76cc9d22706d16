/** The stage types `moments` and `fit`. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import { countParameters } from '../../src/nn/model/description.ts';
import { readModel, writeModel } from '../../src/nn/model/model-files.ts';
import { readSafetensors, writeSafetensors } from '../../src/safetensors/safetensors.ts';
import { compressionOf, images, MomentsBench, type Stored } from './moments-bench.ts';
import { digestsOf, type Folder, filesIn, json } from './workbench.ts';

const bench = new MomentsBench();
let data: Folder;
let model: Folder;
let moments: Folder;
beforeAll(async () => {
  ({ data, model, moments } = await bench.begin());
});
afterAll(() => bench.remove());

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
      const found = await bench.fitted({ method, rank: 6 });
      const { layers } = compressionOf(found);
      for (const { rank, relativeError, optimalError, outputError } of layers.slice(0, 3)) {
        expect(rank).toBe(6);
        expect(relativeError).toBeGreaterThan(optimalError!);
        expect(outputError!.calibration).toBeGreaterThan(0);
        expect(outputError!.heldOut).toBeGreaterThan(0);
        expect(outputError!.heldOut).toBeLessThan(1);
      }
      expect(layers[3]!.rank).toBeNull();
      const row = await bench.scoreOf(found);
      expect(row).toMatchObject({ method, protocol: 'posthoc', seed: null });
      expect(bench.log.join('\n')).toContain('classifier.0: its outputs differ by ');
    },
  );

  it('is nearer than any other method at the same rank, on the images that it uses', async () => {
    const errors = async (parameters: object) =>
      compressionOf(await bench.fitted({ rank: 6, ...parameters })).layers.slice(0, 3);
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
    const found = await bench.fitted({ method: 'svd-whitened', rate: 3 });
    expect(parametersOf(found)).toBe(
      parametersOf(await bench.decompose({ method: 'svd', rate: 3 })),
    );
    const shared = await bench.fitted({ method: 'svd-whitened', rate: 3, allocation: 'budget' });
    expect(parametersOf(shared)).toBeLessThanOrEqual(parametersOf(found) * 1.01);
    const [one] = compressionOf(
      await bench.fitted({ method: 'svd-whitened', energy: 0.99 }),
    ).layers;
    expect(one!.outputError!.calibration).toBeLessThanOrEqual(0.1);
  });

  it.each([
    [{ method: 'svd-whitened' }, 'give one of'],
    [{ method: 'svd-whitened', rate: 2, rank: 3 }, 'give one of'],
    [{ method: 'svd-whitened', rate: 2, form: 'rows' }, 'does not support this "form"'],
    [{ method: 'cur-whitened', rate: 2, form: 'cur' }, 'does not support this "form"'],
    [{ method: 'svd', rate: 2 }, 'Invalid type'],
  ])('refuses %o', async (parameters, message) => {
    await expect(bench.fitted(parameters)).rejects.toThrow(message);
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
      bench.fitted({ method: 'svd-whitened', rank: 3 }, { model: other, factors: theirs }),
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
      return bench.fitted({ method: 'svd-whitened', rank: 3 });
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
    await expect(bench.fitted({ method: 'svd-whitened', rank: 3 })).rejects.toBeInstanceOf(
      ExpectedError,
    );
    writeSafetensors(file, before);
    writeFileSync(`${moments}/unused.txt`, '');
  });
});
