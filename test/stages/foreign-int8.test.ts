/** Layers of an ONNX model in 8 bits: the errors and bytes that are reported are those of the stored file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { F16 as F16_FORMAT } from '../../src/base/half-floats.ts';
import type { LayerRow } from '../../src/nn/model/history.ts';
import { elementSize } from '../../src/onnx/element-types.ts';
import { constantLayers, type OnnxLayer } from '../../src/onnx/layers.ts';
import { F16, modelBytes } from '../onnx/small-models.ts';
import { folderOf } from '../safetensors/rig.ts';
import {
  composed,
  compressionOf,
  decaying,
  factorsOf,
  historyOf,
  opened,
  partOf,
  takeNetwork,
  WHOLE,
} from './int8-rig.ts';
import { type Folder, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

let model: Folder;
let factors: Folder;
beforeAll(async () => {
  model = await takeNetwork(bench);
  factors = await factorsOf(bench, model);
});
const decompose = async (parameters: object, from = model) =>
  (
    await bench.run('decompose', {
      parameters: { layers: ['*'], ...parameters },
      inputs: { model: from, factors },
    })
  ).model!;

/** Bytes of the initializers that are no biases. */
const bytesIn = (folder: Folder) =>
  opened(folder, ({ graph }) =>
    graph.initializers
      .filter(({ name }) => !name.endsWith('Bias'))
      .reduce((sum, { type, count }) => sum + elementSize(type)! * count, 0),
  );

describe('layers in 8 bits', () => {
  it.each(['channel', 'input', 'spatial'])(
    'have the errors of the stored factors, by %s',
    async (scheme) => {
      const folder = await decompose({ method: 'svd', rank: 5, quantize: 'int8', scheme });
      const { label, method, layers } = compressionOf(folder);
      expect([label, method]).toEqual(['SVD (*, int8)', 'svd * int8'].map(withoutAll));
      for (const row of layers) {
        expect(row.rank).toBe(5);
        expect(row.relativeError).toBeCloseTo(errorIn(folder, row), 7);
        expect(row.relativeError).toBeGreaterThan(row.optimalError!);
      }
      const kinds = opened(folder, ({ graph }) => graph.initializers.map(({ type }) => type));
      expect(kinds.filter((type) => type === 'I8')).toHaveLength(6);
    },
  );

  it('have three factors too', async () => {
    const folder = await decompose({
      ...{ method: 'cur-deim', form: 'cur-three', rank: 5, quantize: 'int8' },
    });
    for (const row of compressionOf(folder).layers) {
      expect(row.relativeError).toBeCloseTo(errorIn(folder, row), 7);
    }
  });

  it('are whole if no rank makes them smaller', async () => {
    const { layers, achieved } = compressionOf(
      await decompose({ method: 'svd', rate: 1, quantize: 'int8' }),
    );
    expect(layers.map(({ rank }) => rank)).toEqual([null, null, null]);
    for (const { relativeError } of layers) expect(relativeError).toBeGreaterThan(1e-3);
    expect(achieved).toBe(1);
  });

  it('are whole with the method int8, and have the stated rate in bytes', async () => {
    const folder = await decompose({ method: 'int8' });
    const { label, family, rate, achieved, layers } = compressionOf(folder);
    expect([label, family]).toEqual(['int8', 'int8']);
    for (const row of layers) {
      expect(row).toMatchObject({ rank: null, optimalError: null });
      expect(row.relativeError).toBeCloseTo(errorIn(folder, row), 9);
    }
    expect(achieved).toBeCloseTo(WHOLE / bytesIn(folder), 12);
    expect(rate).toBe(Number(achieved!.toPrecision(3)));
    // The scales count as weights of the file.
    expect(historyOf(folder).parameters).toBe(historyOf(model).parameters + 24 + 40 + 30);
  });

  it('can be taken as a model again', async () => {
    const folder = await decompose({ method: 'int8' });
    const { parameters } = historyOf(
      (await bench.run('model', { parameters: { file: 'net.onnx' }, inputs: { model: folder } }))
        .model!,
    );
    expect(parameters).toBe(historyOf(folder).parameters);
  });
});

it('weights of 16 bits are rounded to 16 bits again, and their bytes count as 2', async () => {
  const data = F16_FORMAT.fromFloats(decaying(24, 40));
  const constants = { w: { shape: [24, 40], type: F16, data } };
  const nodes = [['MatMul', ['x', 'w'], ['y'], {}, 'only']] as const;
  const source = bench.folder();
  const bytes = modelBytes({ nodes, constants, inputs: { x: ['N', 24] }, type: F16 });
  writeFileSync(join(source, 'net.onnx'), bytes);
  const { model: taken } = await bench.run('model', { inputs: { model: source } });
  const known = await factorsOf(bench, taken!);
  for (const asked of [{ method: 'int8' }, { method: 'svd', rank: 3, quantize: 'int8' }]) {
    const given = { parameters: asked, inputs: { model: taken!, factors: known } };
    const { model: small } = await bench.run('decompose', given);
    const { layers, achieved } = compressionOf(small!);
    expect(layers[0]!.relativeError).toBeCloseTo(errorIn(small!, layers[0]!, taken), 7);
    if (asked.method !== 'int8') continue;
    expect(achieved).toBeCloseTo((2 * 24 * 40) / (24 * 40 + 4 * 40), 12);
  }
});

describe('a budget in bytes', () => {
  it.each([1.3, 2, 3, 4, 6, 12])('is never exceeded as stored, at rate %d', async (rate) => {
    const asked = { allocation: 'budget', budget: 'bytes', rate };
    const losses: number[] = [];
    for (const quantize of ['int8', null]) {
      const folder = await decompose({ method: 'svd', ...asked, quantize });
      const { achieved, label, layers } = compressionOf(folder);
      expect(bytesIn(folder)).toBeLessThanOrEqual(WHOLE / rate);
      expect(achieved).toBeCloseTo(WHOLE / bytesIn(folder), 12);
      expect(label).toBe(quantize ? 'SVD (int8, bytes)' : 'SVD (bytes)');
      losses.push(layers.reduce((sum, row) => sum + (row.relativeError ?? 0) ** 2, 0));
    }
    expect(losses[0]).toBeLessThan(losses[1]! * 1.01);
  });

  it('chooses the layers in 8 bits with the method int8, and refuses what they can not reach', async () => {
    const asked = { method: 'int8', allocation: 'budget' };
    const folder = await decompose({ ...asked, rate: 1.5 });
    const { layers, achieved } = compressionOf(folder);
    const inInt8 = layers.filter(({ relativeError }) => relativeError !== null);
    expect(inInt8.length).toBeGreaterThan(0);
    expect(inInt8.length).toBeLessThan(3);
    expect(achieved).toBeGreaterThanOrEqual(1.5);
    await expect(decompose({ ...asked, rate: 4 })).rejects.toThrow(
      /can't have a rate of 4 in bytes: their smallest forms have 3\.\d+/,
    );
  });

  it('is the only thing that decides which layers are in 8 bits', async () => {
    const asked = { method: 'svd', quantize: 'int8', allocation: 'budget', rate: 2 };
    const { layers } = compressionOf(await decompose(asked));
    for (const { relativeError } of layers) expect(relativeError).toBeGreaterThan(0);
  });
});

describe('8 bits are refused', () => {
  it('in an older operator set', async () => {
    const old = await takeNetwork(bench, 12);
    await expect(decompose({ method: 'int8' }, old)).rejects.toThrow(
      'weights in 8 bits need opset 13, and the model has opset 12',
    );
  });

  it('for a PyTorch model', async () => {
    const folder = folderOf({ 'model.safetensors': { 'fc.weight': { shape: [4, 6] } } });
    const { model: taken } = await bench.run('model', { inputs: { model: folder } });
    await expect(decompose({ method: 'int8' }, taken)).rejects.toThrow(
      'layers of a PyTorch model are stored in floats only',
    );
  });

  it.each([
    [{ method: 'int8', rate: 2 }, 'takes only a rate, with "allocation: budget"'],
    [{ method: 'int8', rank: 2, allocation: 'budget' }, 'needs a "rate"'],
    [{ method: 'svd', rate: 2, budget: 'bytes' }, 'needs a "rate" and "allocation: budget"'],
  ])('with parameters that contradict each other: %o', async (asked, message) => {
    await expect(decompose(asked)).rejects.toThrow(message);
  });
});

/** Without the pattern for all layers, which has no name. */
function withoutAll(text: string): string {
  return text.replace('*, ', '').replace(' *', '');
}

/** The error of the weights in the file. */
function errorIn(folder: Folder, { name }: LayerRow, from = model): number {
  const original = opened(from, (file) => valuesOf(constantLayers(file).layers, name));
  const stored = opened(folder, (file) => {
    const { layers } = constantLayers(file);
    const [first, ...others] = layers.filter((layer) => layer.name.startsWith(`${name}.`));
    const kernel = shapeOf(from, name).slice(2);
    return others.reduce((before, part) => composed(before, partOf(part), kernel), partOf(first!));
  }).data;
  let [difference, total] = [0, 0];
  original.forEach((value, i) => {
    difference += (value - stored[i]!) ** 2;
    total += value ** 2;
  });
  return Math.sqrt(difference / total);
}

const shapeOf = (from: Folder, name: string): readonly number[] =>
  opened(from, (file) => constantLayers(file).layers.find((one) => one.name === name)!.shape);

function valuesOf(layers: readonly OnnxLayer[], name: string): Float32Array {
  return layers.find((layer) => layer.name === name)!.read();
}
