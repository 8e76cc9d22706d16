/** The files of `export`, for a trained network and its compressed form. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { readSafetensors } from '../../src/safetensors/safetensors.ts';
import { digestsOf, type Folder, filesIn, json, Workbench, writeDigits } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

let data: Folder;
let model: Folder;
let compressed: Folder;

beforeAll(async () => {
  data = writeDigits(bench.folder(), 40, 10);
  const network = { width: 1 / 64, hidden: 32, pool: 7 };
  const parameters = { network, epochs: 1, batch: 10, learningRate: 1e-3, decay: 1 };
  model = (await bench.run('train', { parameters, inputs: { data } })).model!;
  const { factors } = await bench.run('factorize', { inputs: { model } });
  compressed = (
    await bench.run('decompose', {
      parameters: { method: 'cur-deim', rate: 4, form: 'interpolative' },
      inputs: { model, factors: factors! },
    })
  ).model!;
});

async function exported(source: Folder, more: object = {}, parameters: object = {}) {
  const given = { parameters, inputs: { model: source, ...more } };
  return (await bench.run('export', given)).exported!;
}

function metadataOf(folder: Folder) {
  const bytes = readFileSync(join(folder, 'model.onnx'));
  const { ModelProto } = onnxProto.onnx;
  const { docString, producerName, irVersion, opsetImport, metadataProps } = ModelProto.toObject(
    ModelProto.decode(bytes),
    { longs: Number },
  );
  const pairs = metadataProps.map(({ key, value }: { key: string; value: string }) => [key, value]);
  const metadata = Object.fromEntries(pairs) as Record<string, string>;
  return { docString, producerName, irVersion, opsetImport, metadata };
}

it('writes the files of both formats, or of one', async () => {
  const onnx = ['model.onnx', 'preprocessing.json'];
  const pytorch = ['model.py', 'model.safetensors', 'preprocessing.json'];
  expect(filesIn(await exported(model))).toEqual([...new Set([...onnx, ...pytorch])].sort());
  expect(filesIn(await exported(model, {}, { format: 'onnx' }))).toEqual(onnx);
  expect(filesIn(await exported(model, {}, { format: 'pytorch' }))).toEqual(pytorch);
});

it('describes the network, its input and its classes', async () => {
  const folder = await exported(compressed, { data });
  const input = {
    ...{ size: [32, 32], layout: 'nchw', channels: 'gray' },
    ...{ interpolation: 'bilinear', scale: 255 },
    ...{ mean: [expect.closeTo(0.1307)], deviation: [expect.closeTo(0.3081)] },
  };
  const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const preprocessing = json<{ input: object }>(folder, 'preprocessing.json');
  expect(preprocessing).toEqual({ input, classes });
  const { metadata, ...about } = metadataOf(folder);
  expect(about).toEqual({
    docString:
      'VGG-11 w0.015625 for MNIST; CUR, DEIM (interpolative) at rate 4. Input: [N, 1, 32, 32], normalized as (byte / scale - mean) / deviation. Output: [N, 10], logits.',
    ...{ producerName: 'lowrank-pipeline', irVersion: 8, opsetImport: [{ version: 17 }] },
  });
  const hash = createHash('sha256');
  for (const part of ['features', 'classifier']) {
    hash.update(readFileSync(join(compressed, `${part}.safetensors`)));
  }
  expect(metadata).toEqual({
    ...{ title: 'VGG-11 w0.015625', dataset: 'MNIST', method: 'cur-deim interpolative', rate: '4' },
    trueRate: expect.stringMatching(/^\d/),
    input: JSON.stringify(preprocessing.input),
    classes: JSON.stringify(classes),
    sha256: hash.digest('hex'),
  });
  const { metadata: stored, tensors } = readSafetensors(join(folder, 'model.safetensors'));
  expect(stored).toEqual({ format: 'pt', layers: expect.any(String), ...metadata });
  expect([...tensors.keys()]).toContain('classifier.0.right.order');
});

it('leaves out what is not known without the data set', async () => {
  const folder = await exported(model);
  const input = { size: [32, 32], layout: 'nchw', channels: 'gray' };
  expect(json(folder, 'preprocessing.json')).toEqual({ input });
  expect(bench.log.at(-1)).toContain('without the input "data"');
  expect(Object.keys(metadataOf(folder).metadata)).toEqual(['title', 'dataset', 'input', 'sha256']);
});

it('writes the same bytes each time', async () => {
  expect(digestsOf(await exported(compressed))).toEqual(digestsOf(await exported(compressed)));
});

it('refuses data of another form', async () => {
  const other = bench.folder();
  const facts = { name: 'a', title: 'Pets', height: 1, width: 1, channels: 3, classes: 2 };
  const counts = { classNames: ['a', 'b'], trainCount: 1, testCount: 1, mean: [0, 0, 0] };
  writeFileSync(
    join(other, 'dataset.json'),
    JSON.stringify({ ...facts, ...counts, std: [1, 1, 1] }),
  );
  for (const split of ['train', 'test']) {
    const header = (...bytes: number[]) => Uint8Array.from(bytes);
    const images = header(0, 0, 8, 4, ...[1, 1, 1, 3].flatMap((n) => [0, 0, 0, n]), 1, 2, 3);
    writeFileSync(join(other, `${split}-images.idx`), images);
    writeFileSync(join(other, `${split}-labels.idx`), header(0, 0, 8, 1, 0, 0, 0, 1, 1));
  }
  await expect(exported(model, { data: other })).rejects.toThrow(
    "the model takes inputs of 32 x 32 x 1, which can't be made from the images of Pets (1 x 1 x 3)",
  );
  rmSync(other, { recursive: true });
});

it('goes on as an ONNX model, whose layers can be stored in 8 bits, unlike those of the network', async () => {
  const { factors: own } = await bench.run('factorize', { inputs: { model } });
  const refused = bench.run('decompose', {
    parameters: { method: 'svd', rate: 2, quantize: 'int8' },
    inputs: { model, factors: own! },
  });
  await expect(refused).rejects.toThrow('networks that this program trained are stored in floats');
  const folder = await exported(model, {}, { format: 'onnx' });
  const { model: taken } = await bench.run('model', { inputs: { model: folder } });
  const { factors } = await bench.run('factorize', { inputs: { model: taken! } });
  const parameters = { method: 'svd', rate: 2, quantize: 'int8' };
  const given = { parameters, inputs: { model: taken!, factors: factors! } };
  const { model: small } = await bench.run('decompose', given);
  const { history } = json<{ history: ModelHistory }>(small!, 'model.json');
  expect(history.compression!.label).toBe('SVD (int8)');
});
