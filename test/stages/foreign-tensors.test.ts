/** Safetensors of a PyTorch model go through the stages, and what is reported is true of the files that are stored. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { multiply } from '../../src/linalg/multiply.ts';
import { randomStream } from '../../src/linalg/random.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { encodedFloats } from '../../src/safetensors/stored-floats.ts';
import { openTensors } from '../../src/safetensors/tensor-set.ts';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';
import { digestsOf, type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const random = randomStream(1, 'tensors');

/** In two files with an index. */
function writeShards(folder: Folder): void {
  const shards = {
    'model-1.safetensors': [
      { name: 'embed_tokens.weight', dtype: 'F32', shape: [20, 8] },
      { name: 'layers.0.up.weight', dtype: 'BF16', shape: [16, 8] },
      { name: 'layers.0.up.bias', dtype: 'BF16', shape: [16] },
    ],
    'model-2.safetensors': [
      // As GPT-2 stores it: [in, out].
      { name: 'layers.0.down.weight', dtype: 'F32', shape: [16, 8] },
      { name: 'norm.weight', dtype: 'F32', shape: [8] },
    ],
  };
  const places: Record<string, string> = {};
  for (const [file, tensors] of Object.entries(shards)) {
    const written = tensors.map(({ name, dtype, shape }) => {
      places[name] = file;
      const count = shape.reduce((product, extent) => product * extent, 1);
      const values = Float32Array.from({ length: count }, () => random.normal());
      const parts = [...encodedFloats(values, dtype)];
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      return { name, dtype, shape, bytes, parts: () => parts };
    });
    writeTensors(join(folder, file), written, {});
  }
  const index = { metadata: { total_size: 0 }, weight_map: places };
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
}

let model: Folder;
let factors: Folder;
const decompose = async (parameters: object) =>
  (await bench.run('decompose', { parameters, inputs: { model, factors } })).model!;
const historyOf = (folder: Folder) =>
  json<{ parameters: number; history: ModelHistory }>(folder, 'model.json');

beforeAll(async () => {
  const folder = bench.folder();
  writeShards(folder);
  writeFileSync(join(folder, 'README.md'), 'not part of the model');
  const parameters = { title: 'tiny', transpose: ['*.down'] };
  model = (await bench.run('model', { parameters, inputs: { model: folder } })).model!;
  factors = (await bench.run('factorize', { inputs: { model } })).factors!;
});

it('are taken with their index, and without other files', () => {
  expect(Object.keys(digestsOf(model))).toEqual([
    'model-1.safetensors',
    'model-2.safetensors',
    'model.json',
    'model.safetensors.index.json',
  ]);
  const parameters = 20 * 8 + 16 * 8 + 16 + 16 * 8 + 8;
  expect(historyOf(model)).toMatchObject({ format: 'safetensors', parameters });
  expect(bench.log.find((line) => line.startsWith('embed_tokens'))).toContain('embedding');
});

it('have the errors that are reported, in their dtypes', async () => {
  const folder = await decompose({ method: 'svd', rank: 2 });
  const { history, parameters } = historyOf(folder);
  const { layers } = history.compression!;
  expect(layers.map(({ name }) => name)).toEqual(['layers.0.up', 'layers.0.down']);
  const [whole, stored] = [openTensors(model), openTensors(folder)];
  const matrix = (set: typeof whole, name: string) => {
    const [rows, cols] = set.tensors.get(name)!.shape as [number, number];
    return { rows, cols, data: set.read(name) };
  };
  const up = matrix(whole, 'layers.0.up.weight');
  const parts = ['left', 'right'].map((part) => matrix(stored, `layers.0.up.${part}.weight`));
  const error = frobenius(subtract(multiply(parts[0]!, parts[1]!), up)) / frobenius(up);
  expect(layers[0]!.relativeError).toBeCloseTo(error, 5);
  expect(stored.tensors.get('layers.0.up.left.weight')!.dtype).toBe('BF16');
  expect(stored.tensors.get('layers.0.up.left.bias')!.shape).toEqual([16]);
  const counts = [...stored.tensors.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  expect(parameters).toBe(counts.reduce((a, b) => a + b, 0));
  const lowrank = json<{ method: string; layers: object }>(folder, 'lowrank.json');
  expect(lowrank).toMatchObject({
    method: 'svd',
    layers: { 'layers.0.up': { rank: 2, relativeError: layers[0]!.relativeError } },
  });
});

it('leave other tensors as they are', async () => {
  const folder = await decompose({ method: 'svd', rank: 2, layers: ['*.up'] });
  const [whole, stored] = [openTensors(model), openTensors(folder)];
  for (const name of ['embed_tokens.weight', 'layers.0.down.weight', 'norm.weight']) {
    expect(Buffer.concat([...stored.bytes(name)])).toEqual(Buffer.concat([...whole.bytes(name)]));
  }
});

it('are not scored here, and the error says what to do', async () => {
  const refused = bench.run('evaluate', { inputs: { models: model, data: bench.folder() } });
  await expect(refused).rejects.toThrow('only PyTorch knows the architecture of "tiny"');
});

it('are refused if they are compressed already, because the loader needs the original modules', async () => {
  const once = await decompose({ method: 'svd', rank: 6 });
  const twice = bench.run('decompose', {
    parameters: { method: 'svd', rank: 1, layers: ['*.left'] },
    inputs: {
      model: once,
      factors: (await bench.run('factorize', { inputs: { model: once } })).factors!,
    },
  });
  await expect(twice).rejects.toThrow('a PyTorch model can be compressed only once');
});
