/** Files say the same as the bytes that `onnxBytes` makes, whether the elements are in them or in a second file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, expect, test } from 'vitest';
import { OnnxGraphBuilder } from '../../src/onnx/graph-builder.ts';
import { onnxBytes } from '../../src/onnx/write.ts';
import { writeOnnxFile } from '../../src/onnx/write-file.ts';

const { ModelProto } = onnxProto.onnx;
const root = mkdtempSync(join(tmpdir(), 'write-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const about = {
  ...{ irVersion: 8, producer: 'a test', description: 'Ünïcode' },
  metadata: { title: 'a', empty: '' },
};

function read(bytes: Uint8Array) {
  const model = ModelProto.decode(bytes);
  expect(ModelProto.verify(model)).toBeNull();
  return ModelProto.toObject(model, { longs: Number, enums: String, bytes: String });
}

const large = Float32Array.from({ length: 3000 }, (_, i) => i / 7);
const larger = Float32Array.from({ length: 2000 }, (_, i) => -i);

function modelOfAll() {
  const builder = new OnnxGraphBuilder();
  const x = builder.input('x', ['N', 3]);
  const weights = [builder.constant([3, 1000], large), builder.constant([2000], larger)];
  const y = builder.add('Op', [x, ...weights, builder.integers(1, 2)], { a: 1, b: { float: 0.5 } });
  builder.output(y, ['N', 'M']);
  return { ...builder.model('g'), opsets: { '': 17, 'com.example': 1 } };
}

function written(file: string, limit?: number) {
  const options = { folder: root, file, about, ...(limit !== undefined && { limit }) };
  writeOnnxFile(modelOfAll(), options);
  return read(readFileSync(join(root, file)));
}

test('a file has the whole model, and what it says about itself', () => {
  const { irVersion, producerName, docString, metadataProps, ...model } = written('one.onnx');
  const { irVersion: _version, ...expected } = read(onnxBytes(modelOfAll()));
  expect(model).toEqual(expected);
  expect([irVersion, producerName, docString]).toEqual([8, 'a test', 'Ünïcode']);
  expect(metadataProps).toEqual([
    { key: 'title', value: 'a' },
    { key: 'empty', value: '' },
  ]);
  expect(readdirSync(root)).toEqual(['one.onnx']);
});

test('the elements of large tensors are at pages of a second file', () => {
  const { graph } = written('two.onnx', 15_000);
  const [first, second, small] = graph.initializer;
  const placeOf = (tensor: { externalData: readonly { key: string; value: string }[] }) =>
    Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
  expect(placeOf(first)).toEqual({ location: 'two.onnx.data', offset: '0', length: '12000' });
  expect(placeOf(second)).toEqual({ location: 'two.onnx.data', offset: '12288', length: '8000' });
  expect(small.rawData).toBeDefined();
  const bytes = new Uint8Array(readFileSync(join(root, 'two.onnx.data')));
  expect(bytes).toHaveLength(12_288 + 8000);
  expect(new Float32Array(bytes.buffer, 0, 3000)).toEqual(large);
  expect(new Float32Array(bytes.buffer, 12_288, 2000)).toEqual(larger);
});

test('the limit is the size of the file', () => {
  written('three.onnx');
  const size = readFileSync(join(root, 'three.onnx')).length;
  const namesAt = (limit: number) => {
    rmSync(join(root, 'three.onnx.data'), { force: true });
    written('three.onnx', limit);
    return readdirSync(root).filter((name) => name.startsWith('three'));
  };
  expect(namesAt(size + 1)).toEqual(['three.onnx']);
  expect(namesAt(size)).toEqual(['three.onnx', 'three.onnx.data']);
});
