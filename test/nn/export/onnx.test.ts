/** ONNX Runtime computes the same with an exported network as our own forward pass. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { installLocation } from '../../../src/nn/backends/install-location.ts';
import { locateBackend } from '../../../src/nn/backends/locate.ts';
import { IR_VERSION, onnxGraph } from '../../../src/nn/export/onnx-graph.ts';
import { writeOnnxExport } from '../../../src/nn/export/write-onnx.ts';
import type { Network } from '../../../src/nn/model/weights.ts';
import { writeOnnxFile } from '../../../src/onnx/write-file.ts';
import { modelOf } from '../chained-networks.ts';
import { hasOnnx } from '../fast/onnx.ts';
import { COUNT, computed, difference, exported } from './exported.ts';

const root = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Runtime {
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(path: string): Promise<{
      readonly inputNames: readonly string[];
      run(feeds: object): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>>;
      release(): Promise<void>;
    }>;
  };
}

function runtime(): Runtime {
  const { directory } = locateBackend('onnx', installLocation())!;
  return createRequire(join(directory, 'package.json'))(directory) as Runtime;
}

async function outputs(path: string, { description }: Network, images: Float32Array) {
  const { Tensor, InferenceSession } = runtime();
  const session = await InferenceSession.create(path);
  const [height, width, channels] = description.input;
  const given = new Tensor('float32', images, [COUNT, channels, height, width]);
  const { logits } = await session.run({ images: given });
  await session.release();
  expect(logits!.dims).toEqual([COUNT, description.classes]);
  return logits!.data;
}

describe('an exported ONNX model', () => {
  beforeEach(({ skip }) => skip(!hasOnnx, 'ONNX Runtime is not installed'));

  it.each(Object.keys(exported))('computes the same: %s', async (title) => {
    const model = modelOf(exported[title]!);
    const { images, expected } = await computed(model);
    writeOnnxExport(root, model, { text: title, metadata: {} });
    const found = await outputs(join(root, 'model.onnx'), model, images);
    expect(difference(found, expected)).toBeLessThan(1e-5);
  });

  it('computes the same if its weights are in a second file', async () => {
    const model = modelOf(exported.interpolative!);
    const { images, expected } = await computed(model);
    const about = { irVersion: IR_VERSION, producer: 'a test', description: '', metadata: {} };
    writeOnnxFile(onnxGraph(model), { folder: root, file: 'two.onnx', about, limit: 1 });
    const sizes = ['two.onnx', 'two.onnx.data'].map((file) => statSync(join(root, file)).size);
    expect(sizes[0]).toBeLessThan(20_000);
    expect(sizes[1]).toBeGreaterThan(100_000);
    const found = await outputs(join(root, 'two.onnx'), model, images);
    expect(difference(found, expected)).toBeLessThan(1e-5);
  });
});

describe('the graph', () => {
  const allowed = new Set([
    ...['Conv', 'BatchNormalization', 'Relu', 'MaxPool', 'AveragePool', 'GlobalAveragePool'],
    ...['Flatten', 'Gemm', 'Gather', 'Expand', 'Reshape', 'MatMul'],
  ]);

  it.each(Object.keys(exported))('has standard operations and distinct names: %s', (title) => {
    const model = modelOf(exported[title]!);
    const { graph, opsets } = onnxGraph(model);
    expect(opsets).toEqual({ '': 17 });
    expect(
      graph.nodes.map(({ operation }) => operation).filter((one) => !allowed.has(one)),
    ).toEqual([]);
    const nodes = graph.nodes.map(({ name }) => name);
    expect(new Set(nodes).size).toBe(nodes.length);
    const values = [
      ...graph.inputs.map(({ name }) => name),
      ...graph.initializers.map(({ name }) => name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it('has the weights of the state dict by their names', () => {
    const model = modelOf(exported['vgg11 with batch norm']!);
    const { graph } = onnxGraph(model);
    const weights = graph.initializers.filter(({ type }) => type === 'float32');
    expect(weights.map(({ name }) => name)).toEqual([...model.weights.keys()]);
    for (const { name, shape } of weights) expect(shape).toEqual(model.weights.get(name)!.shape);
    expect(graph.nodes.map(({ name }) => name)).toContain('features.1');
  });

  it('has the same bytes each time', () => {
    const model = modelOf(exported.interpolative!);
    const digests = [1, 2].map(() => {
      writeOnnxExport(root, model, { text: 'a text', metadata: { a: 'b' } });
      return createHash('sha256')
        .update(readFileSync(join(root, 'model.onnx')))
        .digest('hex');
    });
    expect(digests[0]).toBe(digests[1]);
  });
});
