/** What `measure-layers` measures, and what it refuses. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TimesTable } from '../../src/stages/shared/latency/layer-times.ts';
import { hasOnnx } from '../nn/runtime/models.ts';
import { F32, modelBytes, type SmallModel, stating, values, weight } from '../onnx/small-models.ts';
import { bundleWorker } from './bundled-worker.ts';
import { type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
bundleWorker();
afterAll(() => bench.remove());

const shapes = { f: ['N', 64], b: ['N', 20], c: ['N', 20] };

/** Before version 4, each constant is an input too. */
const small = (irVersion = 8): SmallModel => ({
  irVersion,
  ...(irVersion < 4 && { opset: 8 }),
  inputs: {
    x: ['N', 8, 9, 7],
    ...(irVersion < 4 && {
      ...{ first: [16, 4, 3, 3], bias: [16], head: [20, 64], headBias: [20], after: [20, 20] },
    }),
  },
  constants: {
    first: weight(16, 4, 3, 3),
    bias: weight(16),
    head: weight(20, 64),
    headBias: weight(20),
    after: weight(20, 20),
  },
  nodes: [
    ['Conv', ['x', 'first', 'bias'], ['a'], { strides: [2, 2], group: 2 }, 'conv'],
    ['Relu', ['a'], ['z']],
    ['MaxPool', ['z'], ['p'], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 1] }],
    ['Flatten', ['p'], ['f']],
    ['Gemm', ['f', 'head', 'headBias'], ['b'], { transB: 1 }, 'head'],
    ['MatMul', ['b', 'after'], ['c'], {}, 'one'],
    ['MatMul', ['c', 'after'], ['y'], {}, 'two'],
  ],
  graph: stating(shapes),
});

const take = (model: SmallModel) => bench.takeModel({ 'net.onnx': modelBytes(model) });
const measured = async (model: Folder, parameters: object) =>
  (await bench.run('measure-layers', { parameters, inputs: { model } })).times!;

describe.skipIf(!hasOnnx)('measure-layers', () => {
  it.each([8, 3])('has times of each layer alone, in version %s', async (irVersion) => {
    const model = await take(small(irVersion));
    const times = await measured(model, { layers: ['*'], rates: [4, 2, 2.01], batch: 3 });
    const table = json<TimesTable>(times, 'times.json');
    expect(table).toMatchObject({ batch: 3, threads: 1, scheme: 'channel', factors: 2 });
    expect(
      table.layers.map(({ name, rows, cols, ranks }) => [
        ...[name, rows, cols],
        ranks.map(({ rank }) => rank),
      ]),
    ).toEqual([
      ['conv', 16, 36, [2, 3]],
      ['head', 20, 64, [4, 8]],
      // Both layers with the weight.
      ['one', 20, 20, [2, 5]],
    ]);
    for (const { whole, ranks } of table.layers) {
      expect(whole).toBeGreaterThan(0);
      for (const { time } of ranks) expect(time).toBeGreaterThan(0);
    }
  });

  it('measures three factors, and names layers that the scheme does not split', async () => {
    const model = await take({
      inputs: { x: ['N', 4, 9] },
      constants: {
        k: weight(6, 4, 3),
        shape: { shape: [2], data: BigInt64Array.of(-1n, 42n) },
        w: weight(42, 24),
      },
      nodes: [
        ['Conv', ['x', 'k'], ['a'], {}, 'time'],
        ['Reshape', ['a', 'shape'], ['b']],
        ['MatMul', ['b', 'w'], ['y'], {}, 'dense'],
      ],
      graph: stating({ a: ['N', 6, 7], b: ['N', 42] }),
    });
    bench.log.length = 0;
    const parameters = { layers: ['*'], scheme: 'spatial', form: 'cur-three', rates: [2] };
    const table = json<TimesTable>(await measured(model, parameters), 'times.json');
    expect(bench.log[0]).toBe('time stays as it is: the scheme "spatial" does not split it');
    expect(table).toMatchObject({ factors: 3, layers: [{ name: 'dense' }] });
  });

  it('takes external data', async () => {
    const entries = { location: 'data', offset: '0', length: '576' };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const folder = bench.folder();
    const constants = {
      w: { shape: [12, 12], type: F32, fields: { dataLocation: 1, externalData } },
    };
    const inputs = { x: ['N', 12] };
    const nodes: SmallModel['nodes'] = [['MatMul', ['x', 'w'], ['y'], {}, 'only']];
    writeFileSync(join(folder, 'net.onnx'), modelBytes({ inputs, constants, nodes }));
    writeFileSync(join(folder, 'data'), new Uint8Array(values(144).buffer));
    const model = (await bench.run('model', { inputs: { model: folder } })).model!;
    const table = json<TimesTable>(await measured(model, { rates: [2] }), 'times.json');
    expect(table.layers).toMatchObject([{ name: 'only', ranks: [{ rank: 3 }] }]);
  });

  it('refuses shapes that are not stated, other models, and a pattern for nothing', async () => {
    const unstated = await take({ ...small(), graph: stating({ f: ['N', 64], c: ['N', 20] }) });
    await expect(measured(unstated, { layers: ['*'] })).rejects.toThrow(
      "the layer one can't be measured: the model does not state the shape of its input",
    );
    const open = await take({ ...small(), graph: stating({ ...shapes, c: ['N', 'M'] }) });
    await expect(measured(open, { layers: ['one'] })).rejects.toThrow("the layer two can't be");
    await expect(measured(open, { layers: ['nothing'] })).rejects.toThrow('matches nothing');
  });
});
