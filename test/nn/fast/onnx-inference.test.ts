/** Inference by an ONNX graph computes what the layers compute one after the other, and the same bytes each time. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import type { Samples } from '../../../src/datasets/samples.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { onnxInference } from '../../../src/nn/fast/onnx/inference.ts';
import { forward } from '../../../src/nn/forward.ts';
import type { InferenceOptions } from '../../../src/nn/inference-form.ts';
import {
  type Layer,
  type Pair,
  parameterShapes,
  sizeOf,
} from '../../../src/nn/model/description.ts';
import { mlp } from '../../../src/nn/model/mlp.ts';
import { disposeParameters, loadParameters } from '../../../src/nn/model/parameters.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import { expectClose, noiseValues } from '../kernels/differentiate.ts';
import { hasOnnx, threadCounts, useThreads } from './onnx.ts';

interface Chain {
  readonly shape: readonly number[];
  readonly layers: readonly Layer[];
}

const relu = { kind: 'relu' } as const;
const flatten = { kind: 'flatten' } as const;
const pool = (size: number) => ({ kind: 'adaptive-average-pool', size }) as const;
const norm = (name: string, channels: number) => ({ kind: 'batch-norm', name, channels }) as const;
const dense = (name: string, inputs: number, out: number, bias = true) =>
  ({ kind: 'dense', name, in: inputs, out, bias }) as const;
const convolution = (
  name: string,
  inputs: number,
  out: number,
  { kernel = [3, 3] as Pair, stride = [1, 1] as Pair, padding = [1, 1] as Pair, bias = true } = {},
) => ({ kind: 'convolution', name, in: inputs, out, kernel, stride, padding, bias }) as const;

const vertical = { kernel: [3, 1], padding: [1, 0], bias: false } as const;
const horizontal = { kernel: [1, 3], padding: [0, 1] } as const;
const point = { kernel: [1, 1], padding: [0, 0] } as const;

function vggChain(width: number, batchNorm: boolean, size = 32): Chain {
  const { input, features, classifier } = vgg({
    ...{ architecture: 'vgg11', head: 'published', classes: 10, hidden: 64, pool: 7 },
    ...{ input: [size, size, 1], width, batchNorm },
  });
  return { shape: input, layers: [...features, ...classifier] };
}

const perceptron = mlp({ input: [8, 8, 1], classes: 10, layers: [300, 70] });
const chains: Readonly<Record<string, Chain>> = {
  'VGG-11 at an eighth of its width': vggChain(1 / 8, false),
  'VGG-11 at half of its width': vggChain(1 / 2, false),
  'VGG-11-BN': vggChain(1 / 8, true),
  'VGG-11 whose pool enlarges a map of 2 x 2': vggChain(1 / 16, false, 64),
  'an MLP': {
    shape: perceptron.input,
    layers: [...perceptron.features, ...perceptron.classifier],
  },
  'factors of convolutions and dense layers': {
    shape: [12, 12, 3],
    layers: [
      ...[convolution('a0', 3, 7, vertical), convolution('a1', 7, 21, horizontal), relu],
      { kind: 'max-pool', size: 2, stride: 2 },
      convolution('b0', 21, 13, { ...point, bias: false }),
      convolution('b1', 13, 11, { bias: false }),
      ...[convolution('b2', 11, 40, point), relu, flatten],
      { kind: 'interpolation', name: 'c0', in: 1440, columns: [0, 5, 6, 700, 1439] },
      ...[dense('c1', 5, 30), relu, { kind: 'dropout', rate: 0.5 } as const],
      ...[dense('d0', 30, 4, false), dense('d1', 4, 10)],
    ],
  },
  'batch norms behind each kind of layer': {
    shape: [9, 7, 2],
    layers: [
      ...[norm('a', 2), convolution('b', 2, 18, { bias: false }), norm('c', 18), relu],
      ...[norm('d', 18), convolution('e', 18, 5), relu, flatten],
      ...[dense('f', 315, 12, false), norm('g', 12), relu, norm('h', 12), dense('i', 12, 3)],
    ],
  },
  'strides, paddings and pools whose sides do not divide': {
    shape: [19, 17, 3],
    layers: [
      convolution('a', 3, 6, { kernel: [5, 4], stride: [2, 1], padding: [0, 2] }),
      ...[relu, { kind: 'max-pool', size: 3, stride: 2 } as const, pool(2), flatten],
      dense('b', 24, 4),
    ],
  },
  'a pool that keeps its map, before an interpolation': {
    shape: [3, 3, 4],
    layers: [
      ...[pool(3), flatten],
      {
        kind: 'interpolation',
        name: 'a',
        in: 36,
        columns: Array.from({ length: 36 }, (_, i) => i),
      },
    ],
  },
  'copies that no dense layer takes': {
    shape: [1, 1, 6],
    layers: [pool(3), flatten, { kind: 'dropout', rate: 0.1 }, relu],
  },
  'maps as outputs': { shape: [8, 6, 1], layers: [convolution('a', 1, 5), relu] },
  'maps of one position as outputs': {
    shape: [2, 2, 3],
    layers: [convolution('a', 3, 8), relu, { kind: 'max-pool', size: 2, stride: 2 }],
  },
};

function optionsOf({ shape, layers }: Chain, batchSize: number): InferenceOptions {
  const weights = parameterShapes(layers).map(({ name, shape: extents }, stream) => {
    const noise = noiseValues(extents, stream);
    const fan = extents.length > 1 ? sizeOf(extents) / extents[0]! : 4;
    const data = name.endsWith('running_var')
      ? noise.map((value) => 0.5 + value ** 2)
      : noise.map((value) => value * Math.sqrt(2 / fan));
    return [name, { shape: extents, data }] as const;
  });
  const size = sizeOf(shape);
  const images = noiseValues([COUNT, size], 50);
  const samples: Samples = {
    ...{ shape, classes: 10, labels: new Uint8Array(0) },
    // So many that a session is worth it. Only some are used.
    count: 1e6,
    fill: (indices, out) => {
      for (let i = 0; i < indices.length; i++) {
        out.set(images.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
      }
    },
  };
  return { layers, shape, samples, batchSize, weights: new Map(weights) };
}

const COUNT = 21;
const noForward = () => {
  throw new Error('the graph computes everything');
};

/** The outputs for all samples, in batches. */
async function outputsOf(options: InferenceOptions): Promise<Float32Array> {
  const inference = onnxInference(options, noForward)!;
  const batches: Float32Array[] = [];
  for (let first = 0; first < COUNT; first += options.batchSize) {
    const length = Math.min(options.batchSize, COUNT - first);
    batches.push(await inference.run(Uint32Array.from({ length }, (_, i) => first + i)));
  }
  inference.dispose();
  return Float32Array.from(batches.flatMap((batch) => [...batch]));
}

async function layerByLayer({ layers, weights, samples, shape }: InferenceOptions) {
  await startBackend('cpu');
  const images = new Float32Array(COUNT * sizeOf(shape));
  samples.fill(
    Uint32Array.from({ length: COUNT }, (_, i) => i),
    images,
  );
  const parameters = loadParameters(weights);
  const outputs = tf.tidy(() => forward(layers, parameters, tf.tensor(images, [COUNT, ...shape])));
  const values = await outputs.data<'float32'>();
  outputs.dispose();
  disposeParameters(parameters);
  return values;
}

describe.skipIf(!hasOnnx)('on onnx (skipped where onnxruntime-node is not installed)', () => {
  afterAll(() => useThreads(1));

  test.each(Object.entries(chains).filter(([, { layers }]) => layers.length < 40))(
    '%s: what the layers compute',
    async (title, chain) => {
      const options = optionsOf(chain, 8);
      // The cpu backend takes seconds for it. Its widths are the only difference to others.
      if (title !== 'VGG-11 at half of its width') {
        const expected = await layerByLayer(options);
        await startBackend('onnx');
        expectClose(await outputsOf(options), expected, 1e-5);
      }
      await startBackend('onnx');
      const bytes = new Set<string>();
      for (const threads of threadCounts) {
        useThreads(threads);
        for (const batchSize of [8, 1, 3]) {
          const outputs = await outputsOf({ ...options, batchSize });
          bytes.add(Buffer.from(outputs.buffer).toString('base64'));
        }
      }
      expect(bytes.size).toBe(1);
    },
  );

  test('the arrays of the weights are not used after the session is open', async () => {
    await startBackend('onnx');
    // Of more than a megabyte, which is not copied.
    const chain = { shape: [600], layers: [dense('a', 600, 700), relu, dense('b', 700, 3)] };
    const options = optionsOf(chain, COUNT);
    const expected = await outputsOf(options);
    const inference = onnxInference(options, noForward)!;
    for (const { data } of options.weights.values()) data.fill(Number.NaN);
    expect(await inference.run(Uint32Array.from({ length: COUNT }, (_, i) => i))).toEqual(expected);
    inference.dispose();
  });

  test('numbers that are not finite reach the outputs', async () => {
    await startBackend('onnx');
    const chain = {
      shape: [8, 8, 1],
      layers: [convolution('a', 1, 16), relu, flatten, dense('b', 1024, 3), relu],
    };
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const options = optionsOf(chain, 1);
      options.weights.get('a.weight')!.data.fill(value, 0, 9);
      const outputs = await outputsOf(options);
      expect(outputs.every((output) => !Number.isNaN(output) && output < 1e30)).toBe(false);
    }
  });

  test('few samples are not worth a session', () => {
    const options = optionsOf(chains['an MLP']!, 8);
    const few = { ...options, samples: { ...options.samples, count: 99 } };
    expect(onnxInference(few, noForward)).toBeUndefined();
  });

  test('200 evaluations leave no memory behind', async () => {
    await startBackend('onnx');
    const options = optionsOf(chains['VGG-11 at an eighth of its width']!, COUNT);
    const evaluate = async (times: number) => {
      for (let i = 0; i < times; i++) await outputsOf(options);
      return process.memoryUsage.rss() / 2 ** 20;
    };
    const before = await evaluate(50);
    const after = await evaluate(200);
    console.log(`${before.toFixed(0)} MiB after 50 evaluations, ${after.toFixed(0)} after 250`);
    expect(after - before).toBeLessThan(60);
  });
});
