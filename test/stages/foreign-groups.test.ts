/** Convolutions with groups are factored group by group, and are one layer in everything that is reported. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import { thinSvd } from '../../src/linalg/svd.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { encodedFloats } from '../../src/safetensors/stored-floats.ts';
import { openTensors } from '../../src/safetensors/tensor-set.ts';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';
import { difference, outputsOf, runtime } from '../onnx/sessions.ts';
import { modelBytes, type SmallModel } from '../onnx/small-models.ts';
import { type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const random = randomStream(1, 'groups');
const filled = (length: number) => Float32Array.from({ length }, () => random.normal() / 4);

const [GROUPS, OUT, IN, WINDOW] = [3, 4, 5, 9] as const;
/** The last group has rank 1. */
const grouped = filled(GROUPS * OUT * IN * WINDOW);
const size = OUT * IN * WINDOW;
for (let row = 1; row < OUT; row++) {
  const [first] = [2 * size];
  for (let i = 0; i < IN * WINDOW; i++)
    grouped[first + row * IN * WINDOW + i] = row * grouped[first + i]!;
}

const network: SmallModel = {
  inputs: { x: ['N', 15, 7, 6] },
  outputs: ['y', 'z'],
  constants: {
    w: { shape: [GROUPS * OUT, IN, 3, 3], data: grouped },
    b: { shape: [GROUPS * OUT], data: filled(GROUPS * OUT) },
    head: { shape: [6, 12, 1, 1], data: filled(72) },
    // One weight with different groups.
    tied: { shape: [4, 2, 1, 1], data: filled(8) },
    narrow: { shape: [2, 6, 1, 1], data: filled(12) },
    wide: { shape: [4, 6, 1, 1], data: filled(24) },
  },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['a'], { group: GROUPS, pads: [1, 0, 2, 1], strides: [2, 1] }, '/g'],
    ['Conv', ['a', 'head'], ['y'], {}, '/head'],
    ['Conv', ['y', 'narrow'], ['n'], {}, '/narrow'],
    ['Conv', ['n', 'tied'], ['p'], {}, '/whole'],
    ['Conv', ['y', 'wide'], ['q'], {}, '/wide'],
    ['Conv', ['q', 'tied'], ['r'], { group: 2 }, '/halves'],
    ['Add', ['p', 'r'], ['z']],
  ],
};

const schemes = ['channel', 'input', 'spatial'] as const;
const take = async (files: Readonly<Record<string, Uint8Array>>, parameters = {}) => {
  const folder = bench.folder();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return (await bench.run('model', { parameters, inputs: { model: folder } })).model!;
};
const historyOf = (folder: Folder) =>
  json<{ parameters: number; options: object; history: ModelHistory }>(folder, 'model.json');

let model: Folder;
let factors: Folder;
const decompose = async (parameters: object) =>
  (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;
const rowOf = (folder: Folder) =>
  historyOf(folder).history.compression!.layers.find(({ name }) => name === '/g')!;

beforeAll(async () => {
  model = await take({ 'net.onnx': modelBytes(network) });
  factors = (await bench.run('factorize', { parameters: { schemes }, inputs: { model } })).factors!;
});

/** The matrix of each group by the scheme `channel`. */
function matricesOf(data: Float32Array) {
  const cols = IN * WINDOW;
  return [0, 1, 2].map((group) => ({
    ...{ rows: OUT, cols },
    data: data.subarray(group * size, (group + 1) * size),
  }));
}

/** The products of the stored parts. */
function productsOf(folder: Folder) {
  const { layers } = constantLayers(openOnnx(join(folder, 'net.onnx')));
  const [right, left] = ['/g.right', '/g.left'].map(
    (name) => layers.find((layer) => layer.name === name)!,
  );
  expect([right!.groups, left!.groups]).toEqual([GROUPS, GROUPS]);
  const rank = left!.shape[1]!;
  const [r, l] = [right!.read(), left!.read()];
  return [0, 1, 2].map((group) =>
    multiply(
      { rows: OUT, cols: rank, data: l.slice(group * OUT * rank, (group + 1) * OUT * rank) },
      {
        ...{ rows: rank, cols: IN * WINDOW },
        data: r.slice(group * rank * IN * WINDOW, (group + 1) * rank * IN * WINDOW),
      },
    ),
  );
}

const norm = (values: readonly number[]) => Math.hypot(...values);

describe('a convolution with groups in an ONNX model', () => {
  it('is one layer, with a rank for each group and the error of all', async () => {
    const folder = await decompose({ method: 'svd', rank: 2, layers: ['/g'] });
    const row = rowOf(folder);
    const whole = matricesOf(grouped);
    const products = productsOf(folder);
    const error = norm(products.map((one, i) => frobenius(subtract(one, whole[i]!))));
    const total = norm(whole.map(frobenius));
    const lost = whole.flatMap((one) => [...thinSvd(one).s.slice(2)]);
    expect(row).toMatchObject({
      ...{ name: '/g', kind: 'convolution', rows: GROUPS * OUT, cols: IN * WINDOW, rank: 2 },
      parameters: GROUPS * 2 * (OUT + IN * WINDOW) + GROUPS * OUT,
    });
    expect(row.relativeError).toBeCloseTo(error / total, 6);
    expect(row.optimalError).toBeCloseTo(norm(lost) / total, 6);
    const { history, parameters } = historyOf(folder);
    const before = GROUPS * size;
    const after = GROUPS * 2 * (OUT + IN * WINDOW);
    expect(history.compression!.achieved).toBeCloseTo(before / after);
    const { initializers } = openOnnx(join(folder, 'net.onnx')).graph;
    expect(parameters).toBe(initializers.reduce((sum, { count }) => sum + count, 0));
  });

  it('has the rank of a rate, and is refused above the largest rate of one group', async () => {
    // One group is 4 x 45: rank 1 has 49 of 180 weights. The ranks of the SVD are rounded up.
    const rank = async (rate: number) =>
      rowOf(await decompose({ method: 'svd', rate, layers: ['/g'] })).rank;
    expect([await rank(1.9), await rank(1.8)]).toEqual([2, 3]);
    await expect(rank(4)).rejects.toThrow('even rank 1 has a rate of only 3.6');
  });

  it('gets one rank for all groups from a budget or the energy', async () => {
    const spectra = matricesOf(grouped).map((one) => [...thinSvd(one).s]);
    const total = spectra.flat().reduce((sum, value) => sum + value ** 2, 0);
    const kept = (rank: number) =>
      spectra.flatMap((s) => s.slice(0, rank)).reduce((sum, value) => sum + value ** 2, 0) / total;
    const common = { method: 'svd', layers: ['/g'] };
    expect(rowOf(await decompose({ ...common, energy: kept(2) - 1e-6 })).rank).toBe(2);
    expect(rowOf(await decompose({ ...common, energy: kept(2) + 1e-6 })).rank).toBe(3);
    const folder = await decompose({ ...common, rate: 1.8, allocation: 'budget' });
    const { rank, parameters } = rowOf(folder);
    expect(rank).toBe(2);
    expect(parameters - GROUPS * OUT).toBeLessThanOrEqual((GROUPS * size) / 1.8);
  });

  it.each(['cur-leverage', 'cur-deim', 'cur-adaptive'])(
    'has the error that is reported, by %s',
    async (method) => {
      const folder = await decompose({ method, rank: 3, layers: ['/g'], seed: 5 });
      const whole = matricesOf(grouped);
      const error = norm(productsOf(folder).map((one, i) => frobenius(subtract(one, whole[i]!))));
      const { relativeError, bound } = rowOf(folder);
      expect(relativeError).toBeCloseTo(error / norm(whole.map(frobenius)), 6);
      if (bound != null) expect(relativeError!).toBeLessThanOrEqual(bound * (1 + 1e-6));
    },
  );

  it('does not share its weight with a convolution of other groups', async () => {
    expect(bench.log.filter((line) => /^\/(whole|halves) stays/.test(line))).toHaveLength(2);
  });

  it.skipIf(!runtime).each(schemes)(
    'computes the same at full rank, by %s (needs ONNX Runtime)',
    async (scheme) => {
      const folder = await decompose({ method: 'svd', rank: 1000, layers: ['/g'], scheme });
      const feeds = { x: { shape: [2, 15, 7, 6], data: filled(2 * 15 * 42) } };
      const [before, after] = [
        await outputsOf(join(model, 'net.onnx'), feeds),
        await outputsOf(join(folder, 'net.onnx'), feeds),
      ];
      expect(difference(after.z!.data, before.z!.data)).toBeLessThan(1e-5);
    },
  );

  it.skipIf(!runtime)('computes the same with three factors (needs ONNX Runtime)', async () => {
    const folder = await decompose({
      ...{ method: 'cur-deim', rank: 1000, layers: ['/g'], form: 'cur-three', scheme: 'input' },
    });
    const feeds = { x: { shape: [2, 15, 7, 6], data: filled(2 * 15 * 42) } };
    const [before, after] = [
      await outputsOf(join(model, 'net.onnx'), feeds),
      await outputsOf(join(folder, 'net.onnx'), feeds),
    ];
    expect(difference(after.z!.data, before.z!.data)).toBeLessThan(1e-4);
  });
});

it('a convolution of safetensors that only "groups" selects stays one', async () => {
  const folder = bench.folder();
  const values = filled(6 * 4 * 9);
  const parts = [...encodedFloats(values, 'F32')];
  const tensor = { name: 'c.weight', dtype: 'F32', shape: [6, 4, 3, 3], bytes: values.byteLength };
  writeTensors(join(folder, 'net.safetensors'), [{ ...tensor, parts: () => parts }], {});
  const parameters = { groups: { c: 1 } };
  const taken = (await bench.run('model', { parameters, inputs: { model: folder } })).model!;
  const known = await bench.run('factorize', {
    parameters: { schemes: ['channel'] },
    inputs: { model: taken },
  });
  const inputs = { model: taken, factors: known.factors! };
  const asked = { method: 'svd', rank: 2, layers: 'all' };
  const { model: out } = await bench.run('decompose', { parameters: asked, inputs });
  expect(historyOf(out!).options).toEqual({ groups: { 'c.right': 1, 'c.left': 1 } });
  await expect(
    bench.run('decompose', { parameters: { ...asked, scheme: 'input' }, inputs }),
  ).rejects.toThrow('the layer c was not factorized by the scheme "input"');
  await expect(
    bench.run('decompose', { parameters: { ...asked, layers: 'dense' }, inputs }),
  ).rejects.toThrow('"layers" selects no layer of the model "net"');
});

it('safetensors keep the groups of the parts, and are compressed only once', async () => {
  const parts = [...encodedFloats(grouped, 'F32')];
  const tensor = { name: 'g.weight', dtype: 'F32', shape: [GROUPS * OUT, IN, 3, 3] };
  const source = bench.folder();
  writeTensors(
    join(source, 'net.safetensors'),
    [{ ...tensor, bytes: grouped.byteLength, parts: () => parts }],
    {},
  );
  const parameters = { groups: { g: GROUPS } };
  const taken = (await bench.run('model', { parameters, inputs: { model: source } })).model!;
  const compress = async (folder: Folder, asked: object) => {
    const known = await bench.run('factorize', {
      parameters: { schemes: ['spatial'] },
      inputs: { model: folder },
    });
    const inputs = { model: folder, factors: known.factors! };
    const given = { method: 'svd', scheme: 'spatial', layers: ['*'], ...asked };
    return (await bench.run('decompose', { parameters: given, inputs })).model!;
  };
  const once = await compress(taken, { rank: 4 });
  expect(historyOf(once).options).toMatchObject({ groups: { 'g.right': 3, 'g.left': 3 } });
  const shapes = (folder: Folder) =>
    [...openTensors(folder).tensors.values()].map(({ name, shape }) => [name, shape]);
  expect(shapes(once)).toEqual([
    ['g.right.weight', [12, 5, 3, 1]],
    ['g.left.weight', [12, 4, 1, 3]],
  ]);
  await expect(compress(once, { rank: 2 })).rejects.toThrow(
    '"net" is compressed already (SVD), and a PyTorch model can be compressed only once',
  );
  const { parts: described } = json<{ layers: { g: { parts: { groups: number }[] } } }>(
    once,
    'lowrank.json',
  ).layers.g;
  expect(described.map(({ groups }) => groups)).toEqual([3, 3]);
});
