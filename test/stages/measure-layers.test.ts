/** Times vary, so tables with given times test the budget. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import type { TimesTable } from '../../src/stages/shared/latency/layer-times.ts';
import { hasOnnx } from '../nn/runtime/models.ts';
import { F32, modelBytes, type SmallModel, values, weight } from '../onnx/small-models.ts';
import { bundleWorker } from './bundled-worker.ts';
import { digestsOf, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
bundleWorker();
afterAll(() => bench.remove());

const stating = (shapes: Readonly<Record<string, readonly (number | string)[]>>) => ({
  valueInfo: Object.entries(shapes).map(([name, shape]) => ({
    name,
    type: {
      tensorType: {
        elemType: 1,
        shape: {
          dim: shape.map((one) =>
            typeof one === 'number' ? { dimValue: one } : { dimParam: one },
          ),
        },
      },
    },
  })),
});

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

const take = async (model: SmallModel): Promise<Folder> => {
  const folder = bench.folder();
  writeFileSync(join(folder, 'net.onnx'), modelBytes(model));
  return (await bench.run('model', { inputs: { model: folder } })).model!;
};
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

describe('a budget in milliseconds', () => {
  const side = 12;
  const model: SmallModel = {
    inputs: { x: ['N', side] },
    constants: { a: { shape: [side, side], data: values(side ** 2, 3) }, b: weight(side, side) },
    nodes: [
      ['MatMul', ['x', 'a'], ['h'], {}, 'first'],
      ['MatMul', ['h', 'b'], ['y'], {}, 'second'],
    ],
  };
  const table: TimesTable = {
    ...{ processor: 'p', onnxruntime: '1', threads: 1, batch: 1, scheme: 'channel', factors: 2 },
    layers: [
      {
        ...{ name: 'first', rows: side, cols: side, whole: 1 },
        // Rank 3 is no faster than rank 4, and rank 5 is slower than the whole layer.
        ranks: [
          { rank: 1, time: 0.25 },
          { rank: 3, time: 0.5 },
          { rank: 4, time: 0.5 },
          { rank: 5, time: 1.25 },
        ],
      },
      {
        ...{ name: 'second', rows: side, cols: side, whole: 2 },
        ranks: [
          { rank: 2, time: 0.75 },
          { rank: 4, time: 1.5 },
        ],
      },
    ],
  };
  const asked = { method: 'svd', allocation: 'budget', budget: 'milliseconds' };
  let [taken, factors]: Folder[] = [];
  beforeAll(async () => {
    taken = await take(model);
    factors = (await bench.run('factorize', { inputs: { model: taken } })).factors!;
  });
  const tableIn = (content: unknown): Folder => {
    const folder = bench.folder();
    writeFileSync(join(folder, 'times.json'), JSON.stringify(content));
    return folder;
  };
  const decompose = async (parameters: object, times: Folder | undefined = tableIn(table)) => {
    const inputs = { model: taken!, factors: factors!, ...(times && { times }) };
    return (await bench.run('decompose', { parameters: { ...asked, ...parameters }, inputs }))
      .model!;
  };
  const compressionOf = (folder: Folder) =>
    json<{ history: ModelHistory }>(folder, 'model.json').history.compression!;

  it.each([1, 1.1, 1.2, 1.4, 1.5, 2, 2.4, 3])('at rate %s is the best one of all', async (rate) => {
    const { layers, achieved, label } = compressionOf(await decompose({ rate }));
    expect(label).toBe('SVD (milliseconds)');
    const singular = await bench.run('decompose', {
      parameters: { method: 'svd', rank: 1 },
      inputs: { model: taken!, factors: factors! },
    });
    expect(compressionOf(singular.model!).layers).toHaveLength(2);
    // Brute force over the table.
    const lossOf = async (name: string, rank: number | null) => {
      if (rank === null) return 0;
      const one = await bench.run('decompose', {
        parameters: { method: 'svd', rank },
        inputs: { model: taken!, factors: factors! },
      });
      return compressionOf(one.model!).layers.find((row) => row.name === name)!.optimalError! ** 2;
    };
    const choices = await Promise.all(
      table.layers.map(async ({ name, whole, ranks }) => {
        const all: { rank: number | null; time: number }[] = [
          { rank: null, time: whole },
          ...ranks,
        ];
        return Promise.all(
          all.map(async ({ rank, time }) => ({ rank, time, loss: await lossOf(name, rank) })),
        );
      }),
    );
    const pairs = choices[0]!.flatMap((a) => choices[1]!.map((b) => [a, b] as const));
    const fitting = pairs.filter(([a, b]) => a.time + b.time <= 3 / rate);
    const best = fitting.reduce((one, other) =>
      other[0].loss + other[1].loss < one[0].loss + one[1].loss ? other : one,
    );
    expect(layers.map(({ rank }) => rank)).toEqual(best.map(({ rank }) => rank));
    const time = best[0].time + best[1].time;
    expect(time).toBeLessThanOrEqual(3 / rate);
    expect(achieved).toBeCloseTo(3 / time, 6);
  });

  it('gives the same bytes from the same table, and others from another', async () => {
    const [one, same] = [await decompose({ rate: 1.4 }), await decompose({ rate: 1.4 })];
    expect(digestsOf(same)).toEqual(digestsOf(one));
    const slow = structuredClone(table);
    slow.layers[0]!.ranks.splice(0);
    const other = compressionOf(await decompose({ rate: 1.4 }, tableIn(slow)));
    expect(other.layers[0]!.rank).toBeNull();
  });

  it('refuses a rate that no choice has, with the largest that one has', async () => {
    await expect(decompose({ rate: 3.1 })).rejects.toMatchObject({
      message: expect.stringContaining("can't have a rate of 3.1 in milliseconds"),
      advice: 'use a rate of 3 or less',
    });
  });

  it.each([
    ['no table', undefined, {}, 'need each other'],
    ['another unit', table, { budget: 'bytes' }, 'need each other'],
    ['8 bits', table, { quantize: 'int8' }, 'is for layers in floats'],
    ['no rate', table, { rank: 3, rate: null }, 'needs a "rate"'],
    ['other factors', table, { method: 'cur-deim', form: 'cur-three' }, 'has times of 2 factors'],
    [
      'a missing layer',
      { ...table, layers: [table.layers[0]] },
      {},
      'no times of the layer second',
    ],
    [
      'another size',
      { ...table, layers: table.layers.map((one) => ({ ...one, cols: 3 })) },
      {},
      'no times of the layer first',
    ],
    [
      'a time that is no number',
      { ...table, layers: [{ ...table.layers[0], whole: -1 }] },
      {},
      'times.json',
    ],
    ['something else', [], {}, 'times.json'],
  ] as const)('refuses %s', async (_, content, parameters, message) => {
    const inputs = {
      ...{ model: taken!, factors: factors! },
      ...(content && { times: tableIn(content) }),
    };
    const given = { parameters: { ...asked, rate: 1.5, ...parameters }, inputs };
    await expect(bench.run('decompose', given)).rejects.toThrow(message);
  });
});
