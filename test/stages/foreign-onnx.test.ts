/** An ONNX model of another program goes through the stages, and what is reported is true of the file that is stored. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { readMoments } from '../../src/stages/shared/moment-files.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';
import { backends } from '../nn/kernels/differentiate.ts';
import { F16, F32, modelBytes, type SmallModel } from '../onnx/small-models.ts';
import { npzOf } from './npz.ts';
import { artifactIn, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const random = randomStream(1, 'foreign');
const filled = (length: number) => Float32Array.from({ length }, () => random.normal() / 4);

/** Two dense layers share a weight. The depthwise convolution cannot be factored. */
const network: SmallModel = {
  inputs: { x: ['N', 4, 6, 6] },
  outputs: ['y'],
  constants: {
    first: { shape: [8, 4, 3, 3], data: filled(288) },
    firstBias: { shape: [8], data: filled(8) },
    depth: { shape: [8, 1, 3, 3], data: filled(72) },
    hidden: { shape: [8, 8], data: filled(64) },
    head: { shape: [5, 8], data: filled(40) },
    headBias: { shape: [5], data: filled(5) },
  },
  nodes: [
    ['Conv', ['x', 'first', 'firstBias'], ['a'], { pads: [1, 1, 1, 1] }, '/first/Conv'],
    ['Conv', ['a', 'depth'], ['b'], { group: 8 }, '/depth/Conv'],
    ['GlobalAveragePool', ['b'], ['c']],
    ['Flatten', ['c'], ['d']],
    ['MatMul', ['d', 'hidden'], ['e'], {}, '/hidden/MatMul'],
    ['Relu', ['e'], ['f']],
    ['MatMul', ['f', 'hidden'], ['g'], {}, '/again/MatMul'],
    ['Gemm', ['g', 'head', 'headBias'], ['y'], { transB: 1 }, '/head/Gemm'],
  ],
};

let model: Folder;
let factors: Folder;
let data: Folder;

const take = async (bytes: Uint8Array, name = 'net.onnx', parameters = {}) => {
  const folder = bench.folder();
  writeFileSync(join(folder, name), bytes);
  return (await bench.run('model', { parameters, inputs: { model: folder } })).model!;
};
const decompose = async (parameters: object) =>
  (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;
const historyOf = (folder: Folder) =>
  json<{ parameters: number; history: ModelHistory }>(folder, 'model.json');

beforeAll(async () => {
  model = await take(modelBytes(network));
  const parameters = { schemes: ['channel', 'input', 'spatial'] };
  factors = (await bench.run('factorize', { parameters, inputs: { model } })).factors!;
  const arrays = bench.folder();
  writeFileSync(join(arrays, 'x.npz'), npzOf({ x: { shape: [12, 4, 6, 6], data: filled(1728) } }));
  data = (await bench.run('arrays', { parameters: { title: 'noise' }, inputs: { arrays } })).data!;
});

describe('an ONNX model', () => {
  it('is described, with the layers that stay as they are', () => {
    expect(historyOf(model)).toMatchObject({
      format: 'onnx',
      parameters: 288 + 8 + 72 + 64 + 40 + 5,
      history: { title: 'net' },
    });
    expect(bench.log).toContain('477 weights; 3 layers can be factored:');
    expect(bench.log.filter((line) => line.includes('/depth/Conv'))).toHaveLength(1);
  });

  it.each(['channel', 'input', 'spatial'])(
    'has the errors that are reported, by %s',
    async (scheme) => {
      const folder = await decompose({ method: 'svd', rank: 2, layers: ['*'], scheme });
      const { history, parameters } = historyOf(folder);
      const { layers, scheme: used } = history.compression!;
      expect(used).toBe(scheme);
      expect(layers.map(({ name }) => name)).toEqual([
        '/first/Conv',
        '/hidden/MatMul',
        '/head/Gemm',
      ]);
      expect(parameters).toBe(weightsIn(folder));
      // The dense layers, from the file itself.
      const stored = layersOf(folder);
      const whole = layersOf(model);
      for (const [name, first] of [
        ['/hidden/MatMul', '/hidden/MatMul.right'],
        ['/head/Gemm', '/head/Gemm.right'],
      ] as const) {
        const row = layers.find((one) => one.name === name)!;
        const [right, left] = [stored.get(first)!, stored.get(first.replace('right', 'left'))!];
        const error = subtract(multiply(left, right), whole.get(name)!);
        expect(row.rank).toBe(2);
        expect(row.relativeError).toBeCloseTo(frobenius(error) / frobenius(whole.get(name)!), 5);
      }
    },
  );

  it('keeps tied weights tied', async () => {
    const folder = await decompose({ method: 'svd', rank: 2, layers: ['/hidden/*'] });
    const { layers } = constantLayers(openOnnx(join(folder, 'net.onnx')));
    const weightOf = (name: string) => layers.find((layer) => layer.name === name)!.weight;
    expect(weightOf('/hidden/MatMul.left')).toBe(weightOf('/again/MatMul.left'));
    expect(weightOf('/hidden/MatMul.right')).toBe(weightOf('/again/MatMul.right'));
  });

  it('is refused if factors are missing, with the parameter that gives them', async () => {
    const compress = async (parameters: object) => {
      const known = await bench.run('factorize', { parameters, inputs: { model } });
      return bench.run('decompose', {
        parameters: { method: 'svd', rank: 2, layers: 'all' },
        inputs: { model, factors: known.factors! },
      });
    };
    await expect(compress({})).rejects.toMatchObject({
      message: 'the layer /first/Conv was not factorized by the scheme "channel"',
      advice: expect.stringContaining('add "channel" to its "schemes"'),
    });
    const some = { layers: ['/first/*', '/head/*'], schemes: ['channel'] };
    await expect(compress(some)).rejects.toThrow('the layer /hidden/MatMul was not factorized');
  });

  it('selects layers by patterns, and reports one that matches nothing', async () => {
    const folder = await decompose({ method: 'svd', rank: 1, layers: ['*', '!/head/*'] });
    const { compression } = historyOf(folder).history;
    expect(compression!.layers.map(({ name }) => name)).toEqual(['/first/Conv', '/hidden/MatMul']);
    expect(compression!.label).toBe('SVD (* !/head/*)');
    const none = decompose({ method: 'svd', rank: 1, layers: ['classifier.*'] });
    await expect(none).rejects.toThrow('the pattern "classifier.*" matches nothing');
  });

  it('is refused if nothing would be factored, with the reason', async () => {
    const depth = decompose({ method: 'svd', rank: 1, layers: ['/depth/*'] });
    await expect(depth).rejects.toThrow('"layers" selects no layer of the model "net"');
    const convolutions = (parameters: object) =>
      bench.run('factorize', {
        parameters: { layers: ['/first/*'], ...parameters },
        inputs: { model },
      });
    await expect(convolutions({})).rejects.toThrow('only convolutions of the model "net"');
    await expect(convolutions({ schemes: ['channel'] })).resolves.toBeDefined();
    const whole = await take(
      modelBytes({ ...network, nodes: [['Conv', ['x', 'depth'], ['y'], { group: 8 }, 'depth']] }),
    );
    const none = bench.run('factorize', { inputs: { model: whole } });
    await expect(none).rejects.toMatchObject({
      message: 'no layer of the model "net" can be factored',
      advice: expect.stringContaining('depth stays as it is: it is depthwise'),
    });
  });

  it('names the convolutions that a scheme does not take', async () => {
    const constants = {
      k: { shape: [6, 4, 3], data: filled(72) },
      w: { shape: [6, 6], data: filled(36) },
    };
    const nodes = [
      ['Conv', ['x', 'k'], ['a'], {}, 'time'],
      ['GlobalAveragePool', ['a'], ['b']],
      ['Flatten', ['b'], ['c']],
      ['MatMul', ['c', 'w'], ['y'], {}, 'dense'],
    ] as const;
    const waves = await take(modelBytes({ inputs: { x: ['N', 4, 9] }, constants, nodes }));
    const reason =
      'time stays as it is: the scheme "spatial" splits kernels of two axes, and this one has one axis';
    bench.log.length = 0;
    const parameters = { schemes: ['spatial'] };
    const known = await bench.run('factorize', { parameters, inputs: { model: waves } });
    expect(bench.log).toEqual([reason]);
    const inputs = { model: waves, factors: known.factors! };
    const asked = { method: 'svd', rank: 2, layers: ['*'], scheme: 'spatial' };
    await bench.run('decompose', { parameters: asked, inputs });
    expect(bench.log).toEqual([reason, reason]);
    const both = { schemes: ['spatial', 'channel'] };
    await bench.run('factorize', { parameters: both, inputs: { model: waves } });
    expect(bench.log).toHaveLength(2);
  });

  it('keeps both compressions in the history if it is compressed twice', async () => {
    const compress = async (source: Folder, asked: object): Promise<Folder> => {
      const known = await bench.run('factorize', { inputs: { model: source } });
      const inputs = { model: source, factors: known.factors! };
      return (await bench.run('decompose', { parameters: asked, inputs })).model!;
    };
    const layers = ['*', '!/head/*', '!/first/*'];
    const once = await compress(model, { method: 'cur-norm', rank: 3, seed: 7, layers });
    const first = historyOf(once).history.compression!;
    const second = { method: 'svd', rank: 2, layers: ['/hidden/MatMul.right', '/head/*'] };
    const { history } = historyOf(await compress(once, second));
    const { compression, original } = history;
    expect(original.total).toBe(477);
    expect(compression).toMatchObject({
      method: `${first.method} at ${first.rate} seed 7, svd /hidden/MatMul.right /head/*`,
      label: expect.stringMatching(/ at [\d.]+ seed 7, then SVD \(/),
      family: 'cur',
      rate: expect.closeTo(first.rate * (64 / 36), -1),
      seed: null,
    });
    expect(compression).not.toHaveProperty('achieved');
    expect(compression!.layers.map(({ name, rank }) => [name, rank])).toEqual([
      ['/hidden/MatMul', 3],
      ['/hidden/MatMul.right', 2],
      ['/head/Gemm', 2],
    ]);
  });

  it.each([
    { form: 'interpolative', method: 'cur-deim' },
    { scheme: 'tucker', method: 'svd', layers: 'all' },
  ])('refuses what only our networks have: %o', async (asked) => {
    const refused = decompose({ rate: 1.1, ...asked });
    await expect(refused).rejects.toThrow('exists only for networks that this program trained');
  });

  it('needs its external data, which a folder gives', async () => {
    const entries = { location: 'net.onnx.data', offset: '0', length: '256' };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const bytes = modelBytes({
      inputs: { x: ['N', 8] },
      constants: { w: { shape: [8, 8], type: F32, fields: { dataLocation: 1, externalData } } },
      nodes: [['MatMul', ['x', 'w'], ['y'], {}, 'only']],
    });
    await expect(take(bytes)).rejects.toMatchObject({
      message: expect.stringContaining("is in the file 'net.onnx.data', which is not given"),
      advice: expect.stringContaining('into one folder'),
    });
    const folder = bench.folder();
    writeFileSync(join(folder, 'net.onnx'), bytes);
    writeFileSync(join(folder, 'net.onnx.data'), Buffer.from(filled(64).buffer));
    const taken = await bench.run('model', { inputs: { model: folder } });
    expect(historyOf(taken.model!).parameters).toBe(64);
    const known = await bench.run('factorize', { inputs: { model: taken.model! } });
    const out = await bench.run('decompose', {
      parameters: { method: 'svd', rank: 8 },
      inputs: { model: taken.model!, factors: known.factors! },
    });
    const [row] = historyOf(out.model!).history.compression!.layers;
    expect(row!.relativeError).toBeLessThan(1e-6);
  });

  it('is refused by stages that need one of our networks', async () => {
    const refused = bench.run('fold', { inputs: { model } });
    await expect(refused).rejects.toThrow('an ONNX model');
  });

  it('is refused if a weight is not finite, by name', async () => {
    const data = filled(64);
    data[9] = Number.NaN;
    const folder = await take(
      modelBytes({
        inputs: { x: ['N', 8] },
        constants: { w: { shape: [8, 8], data } },
        nodes: [['MatMul', ['x', 'w'], ['y'], {}, 'only']],
      }),
    );
    const refused = bench.run('factorize', { inputs: { model: folder } });
    await expect(refused).rejects.toThrow('only is NaN at [1, 1]');
  });

  it('stores factors in 16 bits if its weights are, with the errors of these', async () => {
    const half = Uint16Array.from({ length: 64 }, (_, i) => 0x3800 + ((i * 37) % 512));
    const folder = await take(
      modelBytes({
        type: F16,
        inputs: { x: ['N', 8] },
        outputs: ['y'],
        constants: { w: { shape: [8, 8], type: F16, data: half } },
        nodes: [['MatMul', ['x', 'w'], ['y'], {}, 'only']],
      }),
    );
    const known = (await bench.run('factorize', { inputs: { model: folder } })).factors!;
    const out = await bench.run('decompose', {
      parameters: { method: 'svd', rank: 2 },
      inputs: { model: folder, factors: known },
    });
    const whole = layersOf(folder).get('only')!;
    const stored = layersOf(out.model!);
    const product = multiply(stored.get('only.left')!, stored.get('only.right')!);
    const [row] = historyOf(out.model!).history.compression!.layers;
    const error = frobenius(subtract(product, whole)) / frobenius(whole);
    expect(row!.relativeError).toBeCloseTo(error, 6);
    expect(row!.relativeError).toBeGreaterThan(row!.optimalError!);
  });
});

const hasOnnx = backends.includes('onnx');
describe.skipIf(!hasOnnx)(
  `scores of an ONNX model${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    let baseline: Folder;
    const score = async (models: Folder) =>
      (await bench.run('evaluate', { inputs: { models, data, reference: baseline } })).scores!;
    const rowIn = (scores: Folder) => json<EvaluationRow[]>(scores, 'rows.json')[0]!;

    beforeAll(async () => {
      baseline = (await bench.run('evaluate', { inputs: { models: model, data } })).scores!;
    });

    it('of the original agree with themselves', () => {
      expect(rowIn(baseline)).toMatchObject({
        ...{ dataset: 'noise', model: 'net', method: 'baseline', protocol: 'baseline' },
        ...{ accuracy: null, loss: null, agreement: 1, count: 12 },
        parameters: { total: 477 },
      });
    });

    it.each(['channel', 'input', 'spatial'])(
      'of full rank differ by rounding only, by %s',
      async (scheme) => {
        const folder = await decompose({ method: 'svd', rank: 1000, layers: ['*'], scheme });
        const { agreement, outputErrors } = rowIn(await score(folder));
        expect(agreement).toBe(1);
        expect(outputErrors!.y).toBeLessThan(1e-5);
      },
    );

    it('have no agreement if the model does not classify', async () => {
      const whole = await take(modelBytes(network), 'net.onnx', { classes: false });
      const original = (await bench.run('evaluate', { inputs: { models: whole, data } })).scores!;
      const low = await bench.run('decompose', {
        parameters: { method: 'svd', rank: 1, layers: ['*'] },
        inputs: { model: whole, factors },
      });
      const { scores } = await bench.run('evaluate', {
        inputs: { models: low.model!, data, reference: original },
      });
      expect(rowIn(scores!)).toMatchObject({
        agreement: null,
        outputErrors: { y: expect.any(Number) },
      });
    });

    it('of a low rank show the error of the outputs', async () => {
      const row = rowIn(await score(await decompose({ method: 'svd', rank: 1, layers: ['*'] })));
      expect(row.outputErrors!.y).toBeGreaterThan(0.01);
      expect(row.compression.total).toBeCloseTo(477 / row.parameters.total);
    });
  },
);

describe.skipIf(!hasOnnx)(
  `the search for a rate${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    it.each([0, 0.2, 1])('keeps the agreement with the original, within %s', async (tolerance) => {
      const parameters = { method: 'cur-uniform', tolerance, rates: [1, 1.5, 2, 4], layers: ['*'] };
      const given = { model, factors, data };
      const found = (await bench.run('search', { parameters, inputs: given })).model!;
      const baseline = (await bench.run('evaluate', { inputs: { models: model, data } })).scores!;
      const { scores } = await bench.run('evaluate', {
        inputs: { models: found, data, reference: baseline },
      });
      const [row] = json<EvaluationRow[]>(scores!, 'rows.json');
      expect(row!.agreement).toBeGreaterThanOrEqual(1 - tolerance);
      expect(row!.allocation).toBe('accuracy');
      if (tolerance === 1) expect(row!.rate).toBe(4);
    });
  },
);

describe.skipIf(!hasOnnx)(
  `methods that use data${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`,
  () => {
    let moments: Folder;

    beforeAll(async () => {
      const parameters = { images: 9, heldOut: 3 };
      moments = (await bench.run('moments', { parameters, inputs: { model, data } })).moments!;
    });

    it('get the moments of the inputs of each layer, those of tied layers together', () => {
      const read = (name: string) => readMoments(artifactIn(moments), name, 'calibration', 8)!;
      expect(read('/head/Gemm').rows).toBe(9);
      expect(read('/hidden/MatMul').rows).toBe(2 * 9);
    });

    it('are never worse than the SVD on the calibration samples', async () => {
      const fitted = await bench.run('fit', {
        parameters: { method: 'svd-whitened', rank: 2 },
        inputs: { model, factors, moments },
      });
      const svd = await decompose({ method: 'svd', rank: 2, layers: 'dense' });
      for (const row of historyOf(fitted.model!).history.compression!.layers) {
        const { sums } = readMoments(artifactIn(moments), row.name, 'calibration', 8)!;
        const errorOf = (folder: Folder) => {
          const stored = layersOf(folder);
          const product = multiply(
            stored.get(`${row.name}.left`)!,
            stored.get(`${row.name}.right`)!,
          );
          const whole = layersOf(model).get(row.name)!;
          return Math.sqrt(energy(subtract(product, whole), sums) / energy(whole, sums));
        };
        expect(row.outputError!.calibration).toBeCloseTo(errorOf(fitted.model!), 5);
        expect(errorOf(fitted.model!)).toBeLessThanOrEqual(errorOf(svd) * (1 + 1e-6));
        expect(row.outputError!.heldOut).toBeGreaterThan(0);
      }
    });
  },
);

/** trace(E S E^T). */
function energy(error: Matrix, sums: Matrix): number {
  const product = multiply(error, sums);
  return product.data.reduce((sum, value, i) => sum + value * error.data[i]!, 0);
}

function layersOf(folder: Folder) {
  const { layers } = constantLayers(openOnnx(join(folder, 'net.onnx')));
  return new Map(
    layers.map(({ name, shape, read }) => [
      name,
      { rows: shape[0]!, cols: shape[1]!, data: read() },
    ]),
  );
}

function weightsIn(folder: Folder): number {
  const { initializers } = openOnnx(join(folder, 'net.onnx')).graph;
  return initializers.reduce((sum, { count }) => sum + count, 0);
}
