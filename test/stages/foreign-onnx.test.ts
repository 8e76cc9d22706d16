/** An ONNX model of another program goes through the stages, and what is reported is true of the file that is stored. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multiply } from '../../src/linalg/multiply.ts';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';
import { F16, F32, modelBytes, values } from '../onnx/small-models.ts';
import { ForeignBench, historyOf, layersOf, network, weightsIn } from './foreign-network.ts';
import type { Folder } from './workbench.ts';

const bench = new ForeignBench();
let model: Folder;
beforeAll(async () => {
  ({ model } = await bench.begin());
});
afterAll(() => bench.remove());

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
      const folder = await bench.decompose({ method: 'svd', rank: 2, layers: ['*'], scheme });
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
    const folder = await bench.decompose({ method: 'svd', rank: 2, layers: ['/hidden/*'] });
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
    const folder = await bench.decompose({ method: 'svd', rank: 1, layers: ['*', '!/head/*'] });
    const { compression } = historyOf(folder).history;
    expect(compression!.layers.map(({ name }) => name)).toEqual(['/first/Conv', '/hidden/MatMul']);
    expect(compression!.label).toBe('SVD (* !/head/*)');
    const none = bench.decompose({ method: 'svd', rank: 1, layers: ['classifier.*'] });
    await expect(none).rejects.toThrow('the pattern "classifier.*" matches nothing');
  });

  it('is refused if nothing would be factored, with the reason', async () => {
    const depth = bench.decompose({ method: 'svd', rank: 1, layers: ['/depth/*'] });
    await expect(depth).rejects.toThrow('"layers" selects no layer of the model "net"');
    const convolutions = (parameters: object) =>
      bench.run('factorize', {
        parameters: { layers: ['/first/*'], ...parameters },
        inputs: { model },
      });
    await expect(convolutions({})).rejects.toThrow('only convolutions of the model "net"');
    await expect(convolutions({ schemes: ['channel'] })).resolves.toBeDefined();
    const whole = await bench.take(
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
      k: { shape: [6, 4, 3], data: values(72, 11) },
      w: { shape: [6, 6], data: values(36, 12) },
    };
    const nodes = [
      ['Conv', ['x', 'k'], ['a'], {}, 'time'],
      ['GlobalAveragePool', ['a'], ['b']],
      ['Flatten', ['b'], ['c']],
      ['MatMul', ['c', 'w'], ['y'], {}, 'dense'],
    ] as const;
    const waves = await bench.take(modelBytes({ inputs: { x: ['N', 4, 9] }, constants, nodes }));
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
    const refused = bench.decompose({ rate: 1.1, ...asked });
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
    await expect(bench.take(bytes)).rejects.toMatchObject({
      message: expect.stringContaining("is in the file 'net.onnx.data', which is not given"),
      advice: expect.stringContaining('into one folder'),
    });
    const folder = bench.folder();
    writeFileSync(join(folder, 'net.onnx'), bytes);
    writeFileSync(join(folder, 'net.onnx.data'), Buffer.from(values(64, 13).buffer));
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
    const data = values(64, 14);
    data[9] = Number.NaN;
    const folder = await bench.take(
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
    const folder = await bench.take(
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
