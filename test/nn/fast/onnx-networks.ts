/** Small networks that together have every layer and option of a training. */
import type { Factorization } from '../../../src/linalg/methods/compression-method.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { tucker2 } from '../../../src/linalg/tucker.ts';
import type { ConvolutionLayer } from '../../../src/nn/factored/chain.ts';
import type { Replacement } from '../../../src/nn/factored/replacement.ts';
import { convolutionSchemes } from '../../../src/nn/factored/schemes/index.ts';
import { tuckerChain, tuckerKernel } from '../../../src/nn/factored/tucker.ts';
import type { Layer } from '../../../src/nn/model/description.ts';
import { mlp } from '../../../src/nn/model/mlp.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';
import type { StepsOptions } from '../../../src/nn/training/steps.ts';
import { CLASSES, noisyWeights, optionsOf, type Setting } from './noisy-training.ts';

export interface Case {
  readonly title: string;
  readonly options: StepsOptions;
}

const relu: Layer = { kind: 'relu' };
const flatten: Layer = { kind: 'flatten' };
const maxPool = (size: number, stride = size): Layer => ({ kind: 'max-pool', size, stride });
const dense = (name: string, inputs: number, out = CLASSES, bias = true): Layer => {
  return { kind: 'dense', name, in: inputs, out, bias };
};
function convolution(
  name: string,
  channels: readonly [number, number],
  window: Partial<ConvolutionLayer> = {},
): ConvolutionLayer {
  const same = { kernel: [3, 3], stride: [1, 1], padding: [1, 1], bias: true } as const;
  return { kind: 'convolution', name, in: channels[0], out: channels[1], ...same, ...window };
}
const norm = (name: string, channels: number): Layer => ({ kind: 'batch-norm', name, channels });

function network(batchNorm: boolean, head: 'published' | 'flat', size = 32): Setting {
  const shape = [size, size, 1] as const;
  const widths = { classes: CLASSES, width: 1 / 16, hidden: 24, pool: head === 'flat' ? 7 : 3 };
  const options = { ...widths, input: shape, architecture: 'vgg11', batchNorm, head } as const;
  const { features, classifier } = vgg(options);
  // As in `noisyWeights`.
  const layers = [...features, ...classifier].map((layer) =>
    layer.kind === 'batch-norm' ? { ...layer, name: `${layer.name}.norm` } : layer,
  );
  return { layers, shape };
}

function inMiddle(replacement: Replacement): Setting {
  const before = [convolution('first', [2, 4]), relu];
  const after = [relu, maxPool(2), flatten, dense('last', 6 * 9)];
  const layers = [...before, ...replacement.layers, ...after];
  const weights = new Map([...noisyWeights(layers), ...replacement.weights]);
  return { layers, weights, shape: [6, 6, 2] };
}

const whole = convolution('middle', [4, 6]);
const wholeWeight = noisyWeights([whole]).get('middle.weight')!;
const bias = Float32Array.of(0.1, -0.2, 0.3, 0, 0.2, -0.1);

function noisyFactors(rows: number, cols: number, rank: number, scale: number): Factorization {
  const random = randomStream(2, 'factors', `${rows} ${cols}`);
  const noise = (height: number, width: number) => ({
    ...{ rows: height, cols: width },
    data: Float64Array.from({ length: height * width }, () => scale * random.normal()),
  });
  return { left: noise(rows, rank), right: noise(rank, cols) } as Factorization;
}

const schemes = convolutionSchemes.map((scheme): readonly [string, Setting] => {
  const { rows, cols } = scheme.matrix(whole, wholeWeight);
  const replacement = scheme.replace(whole, noisyFactors(rows, cols, 3, 0.4), bias);
  return [`the ${scheme.name} scheme`, inMiddle(replacement)];
});
const tucker = tuckerChain(
  whole,
  tucker2(tuckerKernel(whole, wholeWeight), { in: 3, out: 4 }),
  bias,
);

const interpolated: readonly Layer[] = [
  { kind: 'interpolation', name: 'right', in: 12, columns: [0, 3, 4, 9] },
  dense('left', 4, 8),
  relu,
  { kind: 'interpolation', name: 'all', in: 8, columns: [0, 1, 2, 3, 4, 5, 6, 7] },
  dense('last', 8),
];
const below = (...names: readonly string[]) => ({
  fixed: (name: string) => names.some((start) => name.startsWith(start)),
});
const mixed: readonly Layer[] = [
  convolution('a', [3, 4], { kernel: [5, 3], stride: [2, 1], padding: [2, 0], bias: false }),
  relu,
  convolution('b', [4, 5], { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }),
  relu,
  convolution('c', [5, 5], { kernel: [2, 2], stride: [1, 1], padding: [0, 0] }),
  { kind: 'dropout', rate: 0.3 },
  relu,
  flatten,
  dense('last', 5 * 12),
];
const overlapping: readonly Layer[] = [
  convolution('a', [1, 4]),
  relu,
  maxPool(3, 2),
  convolution('b', [4, 6], { kernel: [1, 1], padding: [0, 0] }),
  relu,
  maxPool(3, 3),
  flatten,
  dense('last', 6 * 4),
];
const uneven: readonly Layer[] = [
  convolution('a', [20, 4]),
  norm('a.norm', 4),
  relu,
  maxPool(2),
  convolution('b', [4, 4]),
  relu,
  maxPool(2),
  flatten,
  norm('c.norm', 4),
  dense('last', 4),
];

/** More than a thousand positions before and behind each kind of layer, also at the end. */
const manyRows: readonly Layer[] = [
  convolution('a', [20, 4]),
  norm('a.norm', 4),
  relu,
  maxPool(2),
  convolution('b', [4, 6]),
  { kind: 'dropout', rate: 0.3 },
  relu,
  maxPool(2, 1),
  norm('c.norm', 6),
  convolution('d', [6, 3], { kernel: [1, 1], padding: [0, 0] }),
  relu,
];
const manyRowsShape = [26, 26, 20];

const settings: readonly (readonly [string, Setting])[] = [
  ['VGG, its head as sums', network(false, 'published')],
  ['VGG with weight decay', { ...network(false, 'published'), weightDecay: 1e-2 }],
  ['VGG whose pool averages', network(false, 'published', 64)],
  [
    'VGG with weight decay, the first dense layer fixed',
    { ...network(false, 'published'), weightDecay: 1e-2, ...below('classifier.0') },
  ],
  ['VGG with a flat head', network(false, 'flat')],
  ['VGG with batch norms', network(true, 'published')],
  [
    'VGG with fixed layers',
    { ...network(false, 'published'), ...below('features.0', 'features.3', 'features.8') },
  ],
  [
    'VGG with fixed batch norms',
    {
      ...network(true, 'published'),
      ...below('features.1', 'features.5', 'features.9', 'classifier.0'),
    },
  ],
  ...schemes,
  ['the chain of Tucker', inMiddle(tucker)],
  ['a chain below fixed layers', { ...inMiddle(tucker), ...below('first', 'last') }],
  ['strides, even kernels, dropout of a map', { layers: mixed, shape: [14, 11, 3] }],
  ['overlapping pools', { layers: overlapping, shape: [13, 13, 1] }],
  ['pools that leave positions out', { layers: uneven, shape: [7, 5, 20] }],
  ['the same below fixed norms', { layers: uneven, shape: [7, 5, 20], ...below('a', 'c') }],
  [
    'a flatten of many rows',
    {
      layers: [convolution('a', [2, 4]), relu, flatten, dense('last', 4 * 144)],
      shape: [12, 12, 2],
    },
  ],
  [
    'many rows everywhere',
    { layers: [...manyRows, flatten, dense('last', 3 * 144)], shape: manyRowsShape },
  ],
  [
    'many rows, some layers fixed, and a pool at the end',
    {
      layers: [
        ...manyRows,
        { kind: 'adaptive-average-pool', size: 5 },
        flatten,
        dense('last', 3 * 25),
      ],
      shape: manyRowsShape,
      ...below('a', 'c'),
    },
  ],
  ['interpolations', { layers: interpolated, shape: [12] }],
  [
    'an MLP',
    {
      layers: mlp({ input: [6, 6, 3], classes: CLASSES, layers: [20, 10], dropout: 0.4 })
        .classifier,
      shape: [6, 6, 3],
    },
  ],
];

export const cases: readonly Case[] = settings.map(([title, setting]) => {
  return { title, options: optionsOf(setting) };
});
