/** `repair` of ONNX models of other programs: the numbers that are stored, the errors that are reported, and misuse. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/linalg/random.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { calibrationIndices } from '../../src/stages/shared/samples/calibration-images.ts';
import { outputsOf } from '../onnx/sessions.ts';
import { F32, modelBytes, type SmallModel } from '../onnx/small-models.ts';
import { hasOnnx, historyOf, layersOf, why } from './stored-layers.ts';
import { digestsOf, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const random = randomStream(3, 'repair');
const filled = (length: number) => Float32Array.from({ length }, () => random.normal() / 2);

const take = (model: SmallModel) => bench.takeModel({ 'net.onnx': modelBytes(model) });
const repair = async (model: Folder, original: Folder, data: Folder, parameters: object = {}) =>
  (await bench.run('repair', { parameters, inputs: { model, original, data } })).model!;

describe.skipIf(!hasOnnx)(`the repair of an ONNX model${why}`, () => {
  const [N, COUNT] = [12, 40];
  const images = { images: 24, heldOut: 10 };
  /** Two of the layers share a weight, which has the name of one of them, so that its factors get other names. */
  const network: SmallModel = {
    inputs: { x: ['N', N] },
    constants: {
      w1: { shape: [N, N], data: filled(N * N) },
      bias: { shape: [N], data: filled(N) },
      tied: { shape: [N, N], data: filled(N * N) },
      w3: { shape: [N, N], data: filled(N * N) },
      headBias: { shape: [N], data: filled(N) },
    },
    nodes: [
      ['MatMul', ['x', 'w1'], ['a'], {}, 'first'],
      ['Add', ['a', 'bias'], ['b']],
      ['Relu', ['b'], ['c']],
      ['MatMul', ['c', 'tied'], ['d'], {}, 'tied'],
      ['Tanh', ['d'], ['e']],
      ['MatMul', ['e', 'tied'], ['f'], {}, 'again'],
      ['Relu', ['f'], ['g']],
      ['Gemm', ['g', 'w3', 'headBias'], ['y'], { transB: 1, beta: { float: 0.5 } }, 'head'],
    ],
  };
  const rows = filled(COUNT * N);
  let [original, factors, moments, data]: Folder[] = [];

  beforeAll(async () => {
    original = await take(network);
    data = await bench.takeSamples('rows', { shape: [COUNT, N], data: rows });
    factors = (await bench.run('factorize', { inputs: { model: original } })).factors!;
    const inputs = { model: original, data };
    moments = (await bench.run('moments', { parameters: images, inputs })).moments!;
  });
  const decompose = async (parameters: object) =>
    (await bench.run('decompose', { parameters, inputs: { model: original!, factors: factors! } }))
      .model!;
  const fitted = async (parameters: object) => {
    const inputs = { model: original!, factors: factors!, moments: moments! };
    return (await bench.run('fit', { parameters, inputs })).model!;
  };
  const outputs = async (folder: Folder, indices: Uint32Array) => {
    const some = Float32Array.from(
      [...indices].flatMap((i) => [...rows.subarray(i * N, i * N + N)]),
    );
    const feeds = { x: { shape: [indices.length, N], data: some } };
    return (await outputsOf(join(folder, 'net.onnx'), feeds)).y!.data;
  };
  /** ||Y - Y'|| / ||Y - b'||, with the bias b' of the compressed last layer. */
  const headError = async (folder: Folder, part: 'calibration' | 'heldOut') => {
    const indices = calibrationIndices(new Uint8Array(COUNT), images)[part];
    const [whole, near] = [await outputs(original!, indices), await outputs(folder, indices)];
    const bias = layersOf(folder).get('head.left')![1]!;
    let [error, size] = [0, 0];
    for (let i = 0; i < whole.length; i++) {
      error += (whole[i]! - near[i]!) ** 2;
      size += (whole[i]! - bias[i % N]!) ** 2;
    }
    return Math.sqrt(error / size);
  };

  it.each([
    ['decompose', { method: 'svd', rank: 4 }],
    ['decompose', { method: 'cur-deim', rank: 3, form: 'cur-three' }],
    ['fit', { method: 'svd-whitened', rank: 4 }],
    // Changes the biases too.
    ['fit', { method: 'svd-output', rank: 4 }],
  ])(
    'of %s %o has the errors that are reported, never larger than before',
    async (stage, asked) => {
      const compressed = await (stage === 'fit' ? fitted(asked) : decompose(asked));
      bench.log.length = 0;
      const repaired = await repair(compressed, original!, data!, images);
      const { layers } = historyOf(repaired).compression!;
      const head = layers.find(({ name }) => name === 'head')!.outputError!;
      expect(head.calibration).toBeCloseTo(await headError(repaired, 'calibration'), 5);
      expect(head.heldOut).toBeCloseTo(await headError(repaired, 'heldOut'), 5);
      expect(bench.log).toHaveLength(3);
      for (const line of bench.log) {
        const [now, held, before, heldBefore] = line.match(/[\d.e-]+(?=%)/g)!.map(Number);
        expect(now).toBeLessThanOrEqual(before!);
        expect(held).toBeLessThanOrEqual(heldBefore! * 1.001);
      }
      const [first, last] = [
        await headError(compressed, 'calibration'),
        await headError(repaired, 'calibration'),
      ];
      expect(last).toBeLessThanOrEqual(first);
      // Few samples can leave nothing better than what `svd-output` found.
      if (asked.method !== 'svd-output') expect(last).toBeLessThan(first);
      expect(json<{ parameters: number }>(repaired, 'model.json').parameters).toBe(
        json<{ parameters: number }>(compressed, 'model.json').parameters,
      );
      expect(digestsOf(await repair(compressed, original!, data!, images))).toEqual(
        digestsOf(repaired),
      );
    },
  );

  it('keeps tied weights tied', async () => {
    const repaired = await repair(await decompose({ method: 'svd', rank: 4 }), original!, data!);
    const file = openOnnx(join(repaired, 'net.onnx'));
    const weightOf = (name: string) =>
      constantLayers(file).layers.find((layer) => layer.name === name)!.weight;
    expect(weightOf('tied.right.2')).toBe(weightOf('again.right'));
    file.close();
  });

  it('takes external data, of which some is replaced and some stays', async () => {
    const elements = ['w1', 'w3'].map((name) => network.constants![name]!.data as Float32Array);
    const place = (offset: number) => ({
      ...{ shape: [N, N], type: F32 },
      fields: {
        dataLocation: 1,
        externalData: Object.entries({
          ...{ location: 'net.onnx.data', offset: `${offset}`, length: `${4 * N * N}` },
        }).map(([key, value]) => ({ key, value })),
      },
    });
    const constants = { ...network.constants, w1: place(0), w3: place(4 * N * N) };
    const folder = bench.folder();
    writeFileSync(join(folder, 'net.onnx'), modelBytes({ ...network, constants }));
    const bytes = elements.map(({ buffer }) => new Uint8Array(buffer));
    writeFileSync(join(folder, 'net.onnx.data'), Buffer.concat(bytes));
    const outside = (await bench.run('model', { inputs: { model: folder } })).model!;
    const parameters = { method: 'svd', rank: 4, layers: ['*', '!head'] };
    const inputs = { model: outside, factors: factors! };
    const compressed = (await bench.run('decompose', { parameters, inputs })).model!;
    const found = layersOf(await repair(compressed, outside, data!, images));
    const inside = await repair(await decompose(parameters), original!, data!, images);
    expect(found).toEqual(layersOf(inside));
    expect(found.get('head')![0]).toEqual(elements[1]);
  });

  it('repairs the last compression of a model that was compressed twice', async () => {
    const once = await decompose({ method: 'svd', rank: 5, layers: ['*', '!head'] });
    const known = (await bench.run('factorize', { inputs: { model: once } })).factors!;
    const inputs = { model: once, factors: known };
    const parameters = { method: 'svd', rank: 3, layers: ['head'] };
    const twice = (await bench.run('decompose', { parameters, inputs })).model!;
    bench.log.length = 0;
    await repair(twice, once, data!, images);
    expect(bench.log.map((line) => line.split(':')[0])).toEqual(['head']);
    bench.log.length = 0;
    await repair(twice, original!, data!, images);
    expect(bench.log.map((line) => line.split(':')[0])).toEqual(['first', 'tied', 'head']);
  });

  it('leaves factors in 8 bits as they are, and says so', async () => {
    const compressed = await decompose({ method: 'svd', rank: 4, quantize: 'int8' });
    bench.log.length = 0;
    await expect(repair(compressed, original!, data!)).rejects.toThrow(
      'no factored dense layers that can be repaired',
    );
    expect(bench.log[0]).toBe('first stays as it is: its right factor is not stored as floats');
  });

  it('of a model with whole layers only has its weights', async () => {
    const compressed = await decompose({ method: 'svd', rate: 1 });
    bench.log.length = 0;
    const repaired = await repair(compressed, original!, data!);
    expect(bench.log).toEqual(['compression left all layers whole, so none is repaired']);
    const stored = (folder: Folder) =>
      readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.onnx'))!));
    expect(stored(repaired)).toEqual(stored(compressed));
  });

  it('refuses a model without factors, another original, and too few samples', async () => {
    await expect(repair(original!, original!, data!)).rejects.toThrow('no factored dense layers');
    const compressed = await decompose({ method: 'svd', rank: 4 });
    const other = await take({
      ...network,
      nodes: network.nodes.map(([operation, inputs, results, attributes, name]) => [
        ...([operation, inputs, results, attributes] as const),
        name && `other.${name}`,
      ]) as SmallModel['nodes'],
    });
    await expect(repair(compressed, other, data!)).rejects.toThrow(
      'its input "original" has no dense layer first of the size',
    );
    const few = await bench.takeSamples('rows', { shape: [3, N], data: rows.slice(0, 3 * N) });
    await expect(repair(compressed, original!, few)).rejects.toThrow('only 3 training samples');
    const broken = rows.slice();
    broken[17] = Number.NaN;
    const bad = await bench.takeSamples('rows', { shape: [COUNT, N], data: broken });
    await expect(repair(compressed, original!, bad)).rejects.toMatchObject({
      message: expect.stringContaining("first can't be repaired"),
      advice: expect.stringContaining('finite numbers'),
    });
  });
});
