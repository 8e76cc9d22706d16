/** Chains at full rank in the forward pass of the network, on wasm. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { type Matrix, takeColumns } from '../../../src/linalg/matrix.ts';
import type { Factorization } from '../../../src/linalg/methods/compression-method.ts';
import { svd } from '../../../src/linalg/methods/svd.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { tucker2 } from '../../../src/linalg/tucker.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import type { ConvolutionLayer, DenseLayer } from '../../../src/nn/factored/chain.ts';
import { denseChain } from '../../../src/nn/factored/dense.ts';
import { convolutionSchemes } from '../../../src/nn/factored/schemes/index.ts';
import { tuckerChain, tuckerKernel } from '../../../src/nn/factored/tucker.ts';
import { forward } from '../../../src/nn/forward.ts';
import type { Layer } from '../../../src/nn/model/description.ts';
import { disposeParameters, loadParameters } from '../../../src/nn/model/parameters.ts';
import type { Weight, Weights } from '../../../src/nn/model/weights.ts';
import { gaussian } from '../../linalg/test-matrices.ts';
import { noiseMap, noiseWeights } from './plain-network.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

function bySvd(a: Matrix): Factorization {
  const layer = { weight: () => a, factors: factorizeLayer(a) };
  return svd(layer, Math.min(a.rows, a.cols), randomStream(1, 'unused'));
}

function output(layers: readonly Layer[], weights: Weights, shape: readonly number[]) {
  const parameters = loadParameters(weights);
  const [height, width, channels] = [1, 1, 1, ...shape].slice(-3) as [number, number, number];
  const { data } = noiseMap(height, width, channels, 6);
  const result = tf.tidy(() => {
    const input = tf.tensor(Float32Array.from(data), [1, ...shape]);
    const y = forward(layers, parameters, input);
    return { shape: y.shape, data: y.dataSync<'float32'>().slice() };
  });
  disposeParameters(parameters);
  return result;
}

type Output = ReturnType<typeof output>;

function relativeDifference(a: Output, b: Output): number {
  expect(a.shape).toEqual(b.shape);
  const largest = b.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return b.data.reduce((max, y, i) => Math.max(max, Math.abs(y - a.data[i]!)), 0) / largest;
}

const tucker = {
  name: 'tucker',
  replace: (layer: ConvolutionLayer, weight: Weight, bias: Float32Array) =>
    tuckerChain(
      layer,
      tucker2(tuckerKernel(layer, weight), { in: layer.in, out: layer.out }),
      bias,
    ),
};
const bySchemes = convolutionSchemes.map((scheme) => ({
  name: scheme.name,
  replace: (layer: ConvolutionLayer, weight: Weight, bias: Float32Array) =>
    scheme.replace(layer, bySvd(scheme.matrix(layer, weight)), bias),
}));

const windows = [1, 3, 5].flatMap((size) =>
  [1, 2].flatMap((stride) =>
    [...new Set([0, (size - 1) / 2])].map(
      (padding) =>
        ({ kernel: [size, size], stride: [stride, stride], padding: [padding, padding] }) as const,
    ),
  ),
);

describe.each([...bySchemes, tucker])('$name on wasm', ({ replace }) => {
  it.each(windows)('is exact at full rank: %o', (window) => {
    const layer = {
      kind: 'convolution' as const,
      name: 'features.3',
      in: 8,
      out: 12,
      ...window,
      bias: true,
    };
    const weights = noiseWeights(layer, 5);
    const weight = weights.get('features.3.weight')!;
    const chain = replace(layer, weight, weights.get('features.3.bias')!.data);
    const expected = output([layer, { kind: 'relu' }], weights, [11, 10, 8]);
    const actual = output([...chain.layers, { kind: 'relu' }], chain.weights, [11, 10, 8]);
    expect(relativeDifference(actual, expected)).toBeLessThan(1e-5);
  });
});

describe('dense chains on wasm', () => {
  const layer: DenseLayer = { kind: 'dense', name: 'fc', in: 30, out: 20, bias: true };
  const weights = noiseWeights(layer, 5);
  const weight = weights.get('fc.weight')!.data;
  const bias = weights.get('fc.bias')!.data;

  it('are exact at full rank', () => {
    const chain = denseChain(layer, bySvd({ rows: 20, cols: 30, data: weight }), bias);
    const actual = output(chain.layers, chain.weights, [30]);
    expect(relativeDifference(actual, output([layer], weights, [30]))).toBeLessThan(1e-5);
  });

  it('interpolate like the dense factor', () => {
    const columns = Int32Array.of(3, 7, 8, 29);
    const right = gaussian(4, 30, 1);
    columns.forEach((column, t) => {
      for (let s = 0; s < 4; s++) right.data[s * 30 + column] = s === t ? 1 : 0;
    });
    const left = takeColumns({ rows: 20, cols: 30, data: weight }, columns);
    const factors = { left, right, rank: 4, columns };
    const plain = denseChain(layer, factors, bias);
    const short = denseChain(layer, { ...factors, interpolative: true }, bias);
    expect(short.layers[0]!.kind).toBe('interpolation');
    const actual = output(short.layers, short.weights, [30]);
    const expected = output(plain.layers, plain.weights, [30]);
    expect(relativeDifference(actual, expected)).toBeLessThan(1e-5);
  });
});
