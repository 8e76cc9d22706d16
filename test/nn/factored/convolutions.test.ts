/** Chains that replace convolutions: exact at full rank, and of the expected size. */
import { describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { type Matrix, takeRows } from '../../../src/linalg/matrix.ts';
import type { Factorization } from '../../../src/linalg/methods/compression-method.ts';
import { svd } from '../../../src/linalg/methods/svd.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { tucker2, tuckerParameters } from '../../../src/linalg/tucker.ts';
import type { ConvolutionLayer } from '../../../src/nn/factored/chain.ts';
import type { Replacement } from '../../../src/nn/factored/replacement.ts';
import { convolutionSchemes } from '../../../src/nn/factored/schemes/index.ts';
import { tuckerChain, tuckerKernel } from '../../../src/nn/factored/tucker.ts';
import { parameterShapes, sizeOf } from '../../../src/nn/model/description.ts';
import { solveLeastSquaresRight } from '../../linalg/test-matrices.ts';
import { noiseMap, noiseWeights, relativeDifference, runPlain } from './plain-network.ts';

const NAME = 'features.3';

function convolution(overrides: Partial<ConvolutionLayer> = {}): ConvolutionLayer {
  return {
    kind: 'convolution',
    name: NAME,
    in: 4,
    out: 6,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
    bias: true,
    ...overrides,
  };
}

function bySvd(a: Matrix, rank: number): Factorization {
  const layer = { weight: () => a, factors: factorizeLayer(a) };
  return svd(layer, rank, randomStream(1, 'unused'));
}

/** The layer's own weights, the difference of a chain from it on a map, and the weights of the chain. */
function compare(layer: ConvolutionLayer, replace: (weights: Given) => Replacement) {
  const weights = noiseWeights(layer, 5);
  const weight = weights.get(`${NAME}.weight`)!;
  const bias = weights.get(`${NAME}.bias`)?.data;
  const replacement = replace({ weight, bias });
  const input = noiseMap(9, 8, layer.in, 6);
  const expected = runPlain([layer], weights, input);
  const actual = runPlain(replacement.layers, replacement.weights, input);
  const stored = parameterShapes(replacement.layers)
    .filter(({ name }) => name.endsWith('.weight'))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { difference: relativeDifference(actual, expected), stored, replacement };
}

interface Given {
  readonly weight: { readonly shape: readonly number[]; readonly data: Float32Array };
  readonly bias: Float32Array | undefined;
}

const geometries = [1, 3, 5].flatMap((size) =>
  [1, 2].flatMap((stride) =>
    [...new Set([0, (size - 1) / 2])].map((padding) => ({ size, stride, padding })),
  ),
);
const skewed = [
  { kernel: [3, 5], stride: [2, 1], padding: [0, 2] },
  { kernel: [1, 3], stride: [1, 2], padding: [2, 0] },
  { kernel: [5, 1], stride: [3, 2], padding: [1, 1] },
] as const;
const layers = [
  ...geometries.map(({ size, stride, padding }) =>
    convolution({ kernel: [size, size], stride: [stride, stride], padding: [padding, padding] }),
  ),
  ...skewed.map((window) => convolution(window)),
  convolution({ bias: false }),
];

const title = ({ kernel, stride, padding, bias }: ConvolutionLayer) =>
  `kernel ${kernel}, stride ${stride}, padding ${padding}${bias ? '' : ', no bias'}`;
const named = layers.map((layer) => ({ title: title(layer), layer }));

describe.each(convolutionSchemes)('the $name scheme', (scheme) => {
  it.each(named)('is exact at full rank: $title', ({ layer }) => {
    const { difference } = compare(layer, ({ weight, bias }) => {
      const a = scheme.matrix(layer, weight);
      return scheme.replace(layer, bySvd(a, Math.min(a.rows, a.cols)), bias);
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it.each(named)(
    'stores the reported number of weights, and has the reported error: $title',
    ({ layer }) => {
      const rank = 2;
      let squaredError = 0;
      let squaredNorm = 0;
      const { difference, stored, replacement } = compare(layer, ({ weight, bias }) => {
        const a = scheme.matrix(layer, weight);
        expect(a.rows * a.cols).toBe(weight.data.length);
        expect(a.data).toBeInstanceOf(Float32Array);
        const { s, squaredNorm: all } = factorizeLayer(a);
        squaredError = s.subarray(rank).reduce((sum, value) => sum + value ** 2, 0);
        squaredNorm = all;
        return scheme.replace(layer, bySvd(a, rank), bias);
      });
      expect(stored).toBe(scheme.parameters(layer, rank));
      // For white noise, the expected error is the Frobenius norm of the kernel.
      if (layer.kernel[0] * layer.kernel[1] > 1) {
        const relative = Math.sqrt(squaredError / squaredNorm);
        expect(difference).toBeGreaterThan(relative / 4);
        expect(difference).toBeLessThan(relative * 4);
      }
      expect(replacement.layers).toMatchObject([
        {
          kind: 'convolution',
          name: `${NAME}.right`,
          in: layer.in,
          out: rank,
          bias: false,
          of: NAME,
        },
        { name: `${NAME}.left`, in: rank, out: layer.out, bias: layer.bias, of: NAME },
      ]);
      expect([...replacement.weights.keys()]).toEqual([
        `${NAME}.right.weight`,
        `${NAME}.left.weight`,
        ...(layer.bias ? [`${NAME}.left.bias`] : []),
      ]);
    },
  );

  it('supports three factors', () => {
    const layer = convolution({ stride: [2, 1] });
    const { difference, replacement } = compare(layer, ({ weight, bias }) => {
      const a = scheme.matrix(layer, weight);
      const { left, right, rank } = bySvd(a, Math.min(a.rows, a.cols));
      // right = core * rows of A, for any independent rows of a full-rank A.
      const rows = takeRows(a, [...Array(rank).keys()]);
      const core = solveLeastSquaresRight(right, rows);
      const three = { left, core, right: rows, rank };
      return scheme.replace(layer, three as unknown as Factorization, bias);
    });
    expect(difference).toBeLessThan(1e-4);
    expect(replacement.layers.map((one) => 'name' in one && one.name)).toEqual([
      `${NAME}.right`,
      `${NAME}.core`,
      `${NAME}.left`,
    ]);
  });

  it('refuses a bias if rows are not outputs', () => {
    const layer = convolution();
    const weight = noiseWeights(layer, 5).get(`${NAME}.weight`)!;
    const a = scheme.matrix(layer, weight);
    const factorization = { ...bySvd(a, 2), bias: new Float64Array(a.rows).fill(0.5) };
    const replace = () => scheme.replace(layer, factorization, new Float32Array(6));
    if (a.rows !== layer.out) expect(replace).toThrow('does not support a bias');
    else expect([...replace().weights.get(`${NAME}.left.bias`)!.data]).toEqual(Array(6).fill(0.5));
  });
});

describe('the channel scheme', () => {
  const [channel, input, spatial] = convolutionSchemes as unknown as [Scheme, Scheme, Scheme];
  type Scheme = (typeof convolutionSchemes)[number];

  it('keeps the filters that a row-CUR selects', () => {
    const layer = convolution();
    const weight = noiseWeights(layer, 5).get(`${NAME}.weight`)!;
    const a = channel.matrix(layer, weight);
    const rows = Int32Array.of(1, 4);
    const right = takeRows(a, rows);
    const left = solveLeastSquaresRight(a, right);
    const replaced = channel.replace(layer, { left, right, rank: 2, rows }, new Float32Array(6));
    const kept = replaced.weights.get(`${NAME}.right.weight`)!;
    const size = 4 * 9;
    expect(kept.shape).toEqual([2, 4, 3, 3]);
    expect([...kept.data]).toEqual([
      ...weight.data.subarray(size, 2 * size),
      ...weight.data.subarray(4 * size, 5 * size),
    ]);
  });

  it('keeps the window in one part, and splits it in the spatial scheme', () => {
    const layer = convolution({ kernel: [3, 5], stride: [2, 3], padding: [0, 2] });
    const weight = noiseWeights(layer, 5).get(`${NAME}.weight`)!;
    const windows = [channel, input, spatial].map((scheme) => {
      const a = scheme.matrix(layer, weight);
      const { layers } = scheme.replace(layer, bySvd(a, 1), new Float32Array(6));
      return layers.map((one) => {
        const { kernel, stride, padding } = one as ConvolutionLayer;
        return [kernel, stride, padding].join(' ');
      });
    });
    expect(windows).toEqual([
      ['3,5 2,3 0,2', '1,1 1,1 0,0'],
      ['1,1 1,1 0,0', '3,5 2,3 0,2'],
      ['3,1 2,1 0,0', '1,5 1,3 0,2'],
    ]);
  });
});

describe('Tucker-2', () => {
  it.each(named)('is exact at full ranks: $title', ({ layer }) => {
    const { difference, stored, replacement } = compare(layer, ({ weight, bias }) => {
      const ranks = { in: layer.in, out: layer.out };
      return tuckerChain(layer, tucker2(tuckerKernel(layer, weight), ranks), bias);
    });
    expect(difference).toBeLessThan(1e-5);
    const window = layer.kernel[0] * layer.kernel[1];
    expect(stored).toBe(tuckerParameters({ ...layer, window }, { in: layer.in, out: layer.out }));
    expect(replacement.layers.map((one) => 'name' in one && one.name)).toEqual([
      `${NAME}.right`,
      `${NAME}.core`,
      `${NAME}.left`,
    ]);
  });
});
