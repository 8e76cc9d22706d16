/** Times vary, so only their form is tested. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LatencyRow } from '../../src/report/latency.ts';
import { ResourcePool } from '../../src/runner/execution/resource-pool.ts';
import { measure } from '../../src/stages/measure.ts';
import { hasOnnx } from '../nn/runtime/models.ts';
import { modelBytes, type SmallModel } from '../onnx/small-models.ts';
import { bundleWorker } from './bundled-worker.ts';
import { npzOf } from './npz.ts';
import { type Folder, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
bundleWorker();
afterAll(() => bench.remove());

const dense = (batch: number | string, side = 16): SmallModel => ({
  inputs: { x: [batch, side] },
  outputs: ['y'],
  constants: {
    w: { shape: [side, side], data: Float32Array.from({ length: side ** 2 }, (_, i) => i % 7) },
  },
  nodes: [['MatMul', ['x', 'w'], ['y'], {}, '/head/MatMul']],
});

const take = (model: SmallModel, name = 'net.onnx') =>
  bench.takeModel({ [name]: modelBytes(model) });

const compressed = async (model: Folder): Promise<Folder> => {
  const factors = (await bench.run('factorize', { inputs: { model } })).factors!;
  const parameters = { method: 'svd', rank: 2, layers: ['*'] };
  return (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;
};

interface Latency {
  readonly threads: number;
  readonly models: readonly LatencyRow[];
}

const measured = async (models: readonly Folder[], parameters: object, data?: Folder) => {
  const inputs = { models, ...(data && { data }) };
  const { latency } = await bench.run('measure', { parameters, inputs });
  return json<Latency>(latency!, 'latency.json');
};

it('runs when no other stage does', () => {
  const pool = new ResourcePool({ cpu: 4, network: 8 });
  pool.take(pool.needsOf(measure.resources!({})));
  expect(pool.missing(pool.needsOf({ cpu: 0.1 }))).toEqual(['cpu']);
  expect(pool.missing(pool.needsOf({ network: 1 }))).toEqual(['network']);
});

describe.skipIf(!hasOnnx)('measure', () => {
  it('measures a compressed model in turn with its original', async () => {
    const model = await take(dense('N'));
    const { models, threads } = await measured([await compressed(model), model], {
      batches: [8, 1],
    });
    expect(threads).toBe(1);
    expect(models.map(({ method, rate }) => [method, rate === null])).toEqual([
      ['baseline', true],
      ['svd', false],
    ]);
    const [original, svd] = models as [LatencyRow, LatencyRow];
    for (const { bytes, batches, dataset, model: name } of models) {
      expect([dataset, name]).toEqual([null, 'net']);
      expect(bytes).toBeGreaterThan(100);
      expect(batches.map(({ batch, runs }) => [batch, runs])).toEqual([
        [1, 30],
        [8, 30],
      ]);
      for (const { time, memory, othersLoad } of batches) {
        expect(time.lowerQuartile).toBeGreaterThan(0);
        expect(time.median).toBeGreaterThanOrEqual(time.lowerQuartile);
        expect(time.upperQuartile).toBeGreaterThanOrEqual(time.median);
        expect(memory).toBeGreaterThanOrEqual(0);
        expect(othersLoad).toBeGreaterThanOrEqual(0);
        expect(othersLoad).toBeLessThanOrEqual(1);
      }
    }
    expect(original.batches.map((one) => one.original)).toEqual([null, null]);
    // With one compressed model, all runs of the original were beside it.
    expect(svd.batches.map((one) => one.original)).toEqual(
      original.batches.map(({ time }) => time),
    );
  });

  it('counts the memory of each model alone', async () => {
    const [small, large] = [
      await take(dense(1), 'small.onnx'),
      await take(dense(1, 2048), 'large.onnx'),
    ];
    const { models } = await measured([small, large], {});
    const memory = (name: string) => models.find(({ model }) => model === name)!.batches[0]!.memory;
    // A session alone takes several MB.
    expect(memory('large') - memory('small')).toBeGreaterThan(2048 ** 2 * 4);
  });

  it('measures only the batch that a model takes, and says so', async () => {
    const { models } = await measured([await take(dense(4))], { batches: [1, 4] });
    expect(models[0]!.batches.map(({ batch }) => batch)).toEqual([4]);
    expect(bench.log).toContain('net takes only batches of 4');
  });

  it('takes samples if the shape of an input is known only at run time', async () => {
    const model = await take({
      inputs: { x: ['N', 'length'] },
      outputs: ['y'],
      constants: {},
      nodes: [['Relu', ['x'], ['y']]],
    });
    await expect(measured([model], {})).rejects.toThrow(
      'net: the input "x" is float32 N x length, so its values can\'t be made up',
    );
    const arrays = bench.folder();
    writeFileSync(
      join(arrays, 'x.npz'),
      npzOf({ x: { shape: [3, 5], data: new Float32Array(15) } }),
    );
    const given = { parameters: { title: 'zeros' }, inputs: { arrays } };
    const { data } = await bench.run('arrays', given);
    const { models } = await measured([model], { batches: [4] }, data);
    expect(models[0]).toMatchObject({ dataset: 'zeros', batches: [{ batch: 4, runs: 30 }] });
  });

  it("measures this program's own networks, as export writes them", async () => {
    const data = writeDigits(bench.folder(), 20, 10);
    const network = { width: 1 / 64, hidden: 32, pool: 7 };
    const parameters = { network, epochs: 1, batch: 10, learningRate: 1e-3, decay: 1 };
    const { model } = await bench.run('train', { parameters, inputs: { data } });
    const exported = await bench.run('export', { inputs: { model: model! } });
    const { models } = await measured([model!], { batches: [2] });
    expect(models[0]).toMatchObject({ protocol: 'baseline', batches: [{ batch: 2, runs: 30 }] });
    expect(models[0]!.dataset).not.toBeNull();
    expect(models[0]!.bytes).toBe(statSync(join(exported.exported!, 'model.onnx')).size);
  });

  it('stops with the stage', async () => {
    const controller = new AbortController();
    const run = bench.run('measure', {
      inputs: { models: [await take(dense(1))] },
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(run).rejects.toThrow('aborted');
  });

  it('names a model that ONNX Runtime does not take', async () => {
    const model = await take({ ...dense(1), nodes: [['Unheard', ['x', 'w'], ['y']]] });
    await expect(measured([model], {})).rejects.toThrow("net: the model can't be loaded");
  });

  it('refuses safetensors, and two originals of one name', async () => {
    const model = await take(dense(1));
    const text = readFileSync(join(model, 'model.json'), 'utf8');
    await expect(measured([model, await take(dense(2))], {})).rejects.toThrow('two of the models');
    writeFileSync(join(model, 'model.json'), text.replace('"onnx"', '"safetensors"'));
    await expect(measured([model], {})).rejects.toThrow('only PyTorch knows');
  });
});
