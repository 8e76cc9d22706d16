/** Budgets in multiply-add operations and bytes, of our own networks and of ONNX models. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costsOf } from '../../src/nn/model/costs.ts';
import type { ModelDescription } from '../../src/nn/model/description.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { modelBytes, type SmallModel, stating, weight } from '../onnx/small-models.ts';
import { type Folder, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

interface Stored {
  readonly description: ModelDescription;
  readonly history: ModelHistory;
}

const budget = { allocation: 'budget', budget: 'macs' } as const;
const compressionOf = (folder: Folder) => json<Stored>(folder, 'model.json').history.compression!;

describe('of our own network', () => {
  let model: Folder;
  let factors: Folder;
  beforeAll(async () => {
    const data = writeDigits(bench.folder(), 40, 10);
    const network = { width: 1 / 16, hidden: 32, pool: 7 };
    const parameters = { network, epochs: 1, batch: 20, learningRate: 1e-3, decay: 1 };
    model = (await bench.run('train', { parameters, inputs: { data } })).model!;
    const schemes = ['channel', 'input', 'spatial'];
    factors = (await bench.run('factorize', { parameters: { schemes }, inputs: { model } }))
      .factors!;
  });

  it.each([
    ['channel', null],
    ['input', null],
    ['spatial', null],
    ['channel', 'cur-three'],
    ['spatial', 'cur-three'],
  ])('counts those of the compressed network, by %s with the form %s', async (scheme, form) => {
    const method = form ? 'cur-deim' : 'svd';
    const parameters = { method, form, rate: 2, layers: 'all', scheme, ...budget };
    const { model: small } = await bench.run('decompose', {
      parameters,
      inputs: { model, factors },
    });
    const { layers, achieved, label } = compressionOf(small!);
    expect(label).toContain('MACs');
    const considered = new Set(layers.map(({ name }) => name).slice(0, -1));
    const macsIn = (folder: Folder) =>
      costsOf(json<Stored>(folder, 'model.json').description).layers.reduce(
        (sum, { name, of, macs }) => (considered.has(of ?? name) ? sum + macs : sum),
        0,
      );
    expect(macsIn(model) / macsIn(small!)).toBeGreaterThanOrEqual(2);
    expect(macsIn(model) / macsIn(small!)).toBeLessThan(2.2);
    expect(achieved).toBeCloseTo(macsIn(model) / macsIn(small!), 12);
  });

  it.each([
    ['svd', null],
    ['cur-deim', 'interpolative'],
  ])('can be in bytes of floats instead, by %s with the form %s', async (method, form) => {
    const parameters = { method, form, rate: 3, ...budget, budget: 'bytes' };
    const { model: small } = await bench.run('decompose', {
      parameters,
      inputs: { model, factors },
    });
    const { layers, achieved } = compressionOf(small!);
    const considered = layers.slice(0, -1);
    const names = new Set(considered.map(({ name }) => name));
    const biases = 4 * considered.reduce((sum, { rows }) => sum + rows, 0);
    const bytesIn = (folder: Folder) =>
      costsOf(json<Stored>(folder, 'model.json').description).layers.reduce(
        (sum, { name, of, bytes }) => (names.has(of ?? name) ? sum + bytes : sum),
        -biases,
      );
    expect(bytesIn(model) / bytesIn(small!)).toBeGreaterThanOrEqual(3);
    expect(achieved).toBeCloseTo(bytesIn(model) / bytesIn(small!), 12);
  });
});

describe('of an ONNX model', () => {
  const network = (shapes: Parameters<typeof stating>[0]): SmallModel => ({
    inputs: { x: ['N', 8, 9, 7] },
    constants: { first: weight(16, 8, 3, 3), head: weight(7, 20), after: weight(20, 20) },
    nodes: [
      ['Conv', ['x', 'first'], ['a'], { strides: [2, 1] }, 'conv'],
      ['Relu', ['a'], ['z']],
      ['MatMul', ['z', 'head'], ['b'], {}, 'head'],
      ['MatMul', ['b', 'after'], ['c'], {}, 'one'],
      ['MatMul', ['c', 'after'], ['y'], {}, 'two'],
    ],
    graph: stating(shapes),
  });
  const stated = {
    a: ['N', 16, 4, 5],
    z: ['N', 16, 4, 7],
    b: ['N', 16, 4, 20],
    c: ['N', 16, 4, 20],
  };

  async function decomposed(model: SmallModel) {
    const taken = await bench.takeModel({ 'net.onnx': modelBytes(model) });
    const { factors } = await bench.run('factorize', {
      parameters: { schemes: ['spatial'] },
      inputs: { model: taken },
    });
    const parameters = { method: 'svd', rate: 1.5, layers: ['*'], scheme: 'spatial', ...budget };
    const { model: small } = await bench.run('decompose', {
      parameters,
      inputs: { model: taken, factors: factors! },
    });
    return compressionOf(small!);
  }

  it('counts each place of a sample, and each layer with a shared weight', async () => {
    const { layers, achieved } = await decomposed(network(stated));
    const ranks = new Map(layers.map(({ name, rank }) => [name, rank]));
    const cost = (name: string, whole: number, perRank: number) =>
      ranks.get(name) === null ? whole : ranks.get(name)! * perRank;
    // Vertical windows at the input width, then horizontal ones.
    const conv = cost('conv', 16 * 72 * 20, 24 * 4 * 7 + 48 * 4 * 5);
    const head = cost('head', 64 * 7 * 20, 64 * 27);
    const shared = cost('one', 2 * 64 * 400, 2 * 64 * 40);
    const whole = 16 * 72 * 20 + 64 * 140 + 128 * 400;
    expect(conv + head + shared).toBeLessThanOrEqual(whole / 1.5);
    expect(achieved).toBeCloseTo(whole / (conv + head + shared), 12);
  });

  it('counts the operations of all groups', async () => {
    const { layers, achieved } = await decomposed({
      inputs: { x: ['N', 8, 9, 7] },
      constants: { first: weight(16, 4, 3, 3) },
      nodes: [
        ['Conv', ['x', 'first'], ['a'], { strides: [2, 1], group: 2 }, 'conv'],
        ['Relu', ['a'], ['y']],
      ],
      graph: stating({ a: ['N', 16, 4, 5] }),
    });
    const perRank = 2 * (12 * 4 * 7 + 24 * 4 * 5);
    const whole = 16 * 36 * 20;
    const rank = Math.floor(whole / 1.5 / perRank);
    expect(layers[0]!.rank).toBe(rank);
    expect(achieved).toBeCloseTo(whole / (rank * perRank), 12);
  });

  it('is refused if a shape is not stated', async () => {
    const { c: _c, ...others } = stated;
    await expect(decomposed(network(others))).rejects.toThrow(
      'the MACs of the layer one are not known',
    );
  });
});
