/** `repair` of a case that is solved by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerRow, ModelHistory } from '../../src/nn/model/history.ts';
import {
  decodedModel,
  F16,
  modelBytes,
  type SmallModel,
  type SmallTensor,
} from '../onnx/small-models.ts';
import { hasOnnx, historyOf, layersOf, why } from './stored-layers.ts';
import { type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const take = (model: SmallModel) => bench.takeModel({ 'net.onnx': modelBytes(model) });
const repair = async (model: Folder, original: Folder, data: Folder, parameters: object = {}) =>
  (await bench.run('repair', { parameters, inputs: { model, original, data } })).model!;

/** The model as if a stage had made it from `original`. */
async function compressedAs(model: SmallModel, original: Folder, rows: Partial<LayerRow>[]) {
  const folder = await take(model);
  const whole = json<{ history: ModelHistory }>(original, 'model.json');
  const compression = {
    ...{ method: 'svd', label: 'SVD', family: 'svd', rate: 2, seed: null, scheme: null },
    ...{ allocation: 'uniform' },
    layers: rows.map((row) => ({ rows: 2, cols: 2, rank: 1, parameters: 4, ...row })),
  };
  const history = { ...whole.history, compression };
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify({ ...json<object>(folder, 'model.json'), history }));
  return folder;
}

describe.skipIf(!hasOnnx)(`a case that is solved by hand${why}`, () => {
  // Inputs t (1, 1). First 2 x and y, then 3 u + v: 7 t.
  const half = (values: readonly number[]) =>
    Uint16Array.from(values, (value) => ({ 0: 0, 1: 0x3c00, 2: 0x4000, 3: 0x4200 })[value]!);
  const tensor = (
    type: number,
    shape: readonly number[],
    values: readonly number[],
  ): SmallTensor =>
    type === F16 ? { shape, type, data: half(values) } : { shape, data: Float32Array.from(values) };
  const net = (type: number, nodes: SmallModel['nodes'], constants: SmallModel['constants']) => ({
    ...{ inputs: { x: ['N', 2] }, nodes, constants: constants! },
    // Runs in float32 also if the weights are stored in 16 bits.
    ...(type === F16 && { opset: 20 }),
  });
  const cast = { to: 1 };
  const weights = (type: number, names: readonly string[]) =>
    type === F16
      ? names.map((name) => ['Cast', [name], [`${name}.cast`], cast] as const)
      : names.map((name) => ['Identity', [name], [`${name}.cast`]] as const);

  let data: Folder;
  beforeAll(async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [i - 4, i - 4]).flat();
    data = await bench.takeSamples('rows', { shape: [12, 2], data: Float32Array.from(rows) });
  });

  it.each([
    ['float32', 1, 'MatMul'],
    ['float32', 1, 'Gemm'],
    ['float16', F16, 'MatMul'],
    ['float16', F16, 'Gemm'],
  ] as const)(
    'in %s, %s, %s, has the right factors of the solution',
    async (_, type, operation) => {
      const isGemm = operation === 'Gemm';
      const attributes = isGemm ? { transB: 1 } : {};
      const [wide, tall] = isGemm
        ? [
            [1, 2],
            [2, 1],
          ]
        : [
            [2, 1],
            [1, 2],
          ];
      const layer = (input: string, weight: string, output: string, name: string) =>
        [operation, [input, `${weight}.cast`], [output], attributes, name] as const;
      const original = await take(
        net(
          type,
          [
            ...weights(type, ['a', 'b']),
            layer('x', 'a', 'h', 'first'),
            layer('h', 'b', 'y', 'second'),
          ],
          { a: tensor(type, [2, 2], [2, 0, 0, 1]), b: tensor(type, wide!, [3, 1]) },
        ),
      );
      const compressed = await compressedAs(
        net(
          type,
          [
            ...weights(type, ['ar', 'al', 'br', 'bl']),
            layer('x', 'ar', 'r', 'first.right'),
            layer('r', 'al', 'h', 'first.left'),
            layer('h', 'br', 's', 'second.right'),
            layer('s', 'bl', 'y', 'second.left'),
          ],
          {
            // The best one is (2, 0).
            ar: tensor(type, wide!, [1, 0]),
            al: tensor(type, tall!, [1, 0]),
            br: tensor(type, wide!, [3, 1]),
            bl: tensor(type, [1, 1], [1]),
          },
        ),
        original,
        [{ name: 'first' }, { name: 'second', rows: 1 }],
      );
      bench.log.length = 0;
      const repaired = await repair(compressed, original, data);
      const found = layersOf(repaired);
      expect([...found.get('first.right')![0]]).toEqual(
        [2, 0].map((one) => expect.closeTo(one, 6)),
      );
      // Only the first input occurs: 2 t. The weight of the other one stays.
      const second = [...found.get('second.right')![0]];
      expect(second).toEqual([3.5, 1].map((one) => expect.closeTo(one, type === F16 ? 9 : 5)));
      for (const name of ['first.left', 'second.left']) {
        expect(found.get(name)![0]).toEqual(layersOf(compressed).get(name)![0]);
      }
      expect(bench.log[1]).toMatch(
        /^second: its outputs differ by 0\.0\d*%.*; before the repair, 14\.3%/,
      );
      // Nodes, names and types are the same.
      const graphOf = (folder: Folder) => {
        const { graph } = decodedModel(readFileSync(join(folder, 'net.onnx')));
        const { node, input, output, initializer } = graph!;
        const typesOf = (
          tensors: readonly { name?: string; dims?: number[]; dataType?: number }[],
        ) => new Map(tensors.map(({ name, dims, dataType }) => [name, [dims, dataType]]));
        return { node, input, output, types: typesOf(initializer!) };
      };
      expect(graphOf(repaired)).toEqual(graphOf(compressed));
      const { method, label, layers } = historyOf(repaired).compression!;
      expect([method, label]).toEqual(['svd repaired', 'SVD, repaired']);
      expect(layers[0]!.relativeError).toBeCloseTo(Math.sqrt(1 / 5), 6);
      expect(layers[1]!.outputError!.calibration).toBeLessThan(1e-6);
    },
  );
});
