/** A budget in milliseconds. Measured times vary, so the tests give the table of times. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import type { TimesTable } from '../../src/stages/shared/latency/layer-times.ts';
import { modelBytes, type SmallModel, values, weight } from '../onnx/small-models.ts';
import { bundleWorker } from './bundled-worker.ts';
import { digestsOf, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
bundleWorker();
afterAll(() => bench.remove());

const take = (model: SmallModel) => bench.takeModel({ 'net.onnx': modelBytes(model) });

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
