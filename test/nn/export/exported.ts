/** The networks whose exports are tested: each VGG and MLP, whole and in each compressed form. */
import { randomStream } from '../../../src/linalg/random.ts';
import { describeReplaced } from '../../../src/nn/factored/replacement.ts';
import { type Layer, type ModelDescription, sizeOf } from '../../../src/nn/model/description.ts';
import { mlp } from '../../../src/nn/model/mlp.ts';
import { type VggOptions, vgg, vggNames } from '../../../src/nn/model/vgg.ts';
import type { Network } from '../../../src/nn/model/weights.ts';
import {
  channel,
  convolution,
  denseFactors,
  inputChannel,
  interpolated,
  layerNamed,
  logits,
  type Named,
  spatial,
  tucker,
} from '../chained-networks.ts';

const small: VggOptions = {
  architecture: 'vgg11',
  batchNorm: false,
  head: 'published',
  input: [32, 32, 3],
  classes: 10,
  width: 1 / 16,
  hidden: 24,
  pool: 7,
};

const whole: Readonly<Record<string, ModelDescription>> = Object.fromEntries(
  vggNames.flatMap((architecture) =>
    [false, true].map((batchNorm) => [
      `${architecture}${batchNorm ? ' with batch norm' : ''}`,
      vgg({ ...small, architecture, batchNorm }),
    ]),
  ),
);

const plain = whole.vgg11!;
const normalized = whole['vgg11 with batch norm']!;
const perceptron = mlp({ input: [9, 7, 2], classes: 5, layers: [20, 16] });

function replaced(
  description: ModelDescription,
  chains: Readonly<Record<string, (layer: Named) => readonly Layer[]>>,
): ModelDescription {
  return describeReplaced(description, (name) => chains[name]?.(layerNamed(description, name)));
}

const heads: Readonly<Record<string, ModelDescription>> = {
  'a flat head of 2 x 2 maps': vgg({ ...small, head: 'flat', input: [64, 64, 1] }),
  'a pool to 1 x 1': vgg({ ...small, input: [96, 96, 3], pool: 1 }),
  'a pool that passes on its map': vgg({ ...small, input: [96, 96, 3], pool: 3 }),
  'a pool of equal cells': vgg({ ...small, input: [128, 128, 1], pool: 2 }),
  'a pool of overlapping cells': vgg({ ...small, input: [96, 96, 1], pool: 2 }),
  'a pool that repeats positions': vgg({ ...small, input: [64, 64, 1], pool: 7 }),
  'a folded pool': { ...plain, classifier: foldedHead(plain.classifier) },
};

const forms: Readonly<Record<string, ModelDescription>> = {
  SVD: replaced(plain, {
    'classifier.0': (layer) => denseFactors(layer, 9),
    'classifier.3': (layer) => denseFactors(layer, 5),
  }),
  'CUR with a core': replaced(plain, {
    'classifier.0': (layer) => denseFactors(layer, 9, 7),
    'classifier.3': (layer) => denseFactors(layer, 8, 6),
  }),
  interpolative: replaced(plain, {
    'classifier.0': (layer) => interpolated(layer, 20),
    'classifier.3': (layer) => interpolated(layer, 3),
  }),
  'interpolative with all columns': replaced(perceptron, {
    'classifier.2': (layer) => [
      {
        kind: 'interpolation',
        name: `${layer.name}.right`,
        in: 20,
        columns: Array.from({ length: 20 }, (_, column) => column),
        of: layer.name,
      },
      { kind: 'dense', name: `${layer.name}.left`, in: 20, out: 16, bias: true, of: layer.name },
    ],
  }),
  'the channel scheme': replaced(plain, {
    'features.3': (layer) => channel(layer, 4),
    'features.8': (layer) => channel(layer, 5, 6),
  }),
  'the input scheme': replaced(normalized, { 'features.4': (layer) => inputChannel(layer, 3) }),
  'the spatial scheme': replaced(normalized, { 'features.4': (layer) => spatial(layer, 6) }),
  Tucker: replaced(normalized, { 'features.8': (layer) => tucker(layer, 5, 11) }),
  'an MLP by SVD': replaced(perceptron, { 'classifier.2': (layer) => denseFactors(layer, 4) }),
};

const others: Readonly<Record<string, ModelDescription>> = {
  'an MLP': perceptron,
  'an MLP with dropout': mlp({ input: [8, 8, 1], classes: 3, layers: [12], dropout: 0.25 }),
  'a linear model': mlp({ input: [8, 8, 1], classes: 3, layers: [] }),
  'unequal windows': {
    input: [17, 12, 3],
    classes: 5,
    features: [
      convolution('features.0', [3, 8], { kernel: [5, 3], stride: [2, 1], padding: [2, 0] }),
      { kind: 'relu' },
      { kind: 'max-pool', size: 3, stride: 2 },
    ],
    classifier: [
      { kind: 'flatten' },
      { kind: 'dense', name: 'classifier.0', in: 128, out: 6, bias: false },
      { kind: 'batch-norm', name: 'classifier.1', channels: 6 },
      { kind: 'dense', name: 'classifier.2', in: 6, out: 5, bias: true },
      { kind: 'relu' },
      { kind: 'dropout', rate: 0.5 },
    ],
  },
  'names of another program': {
    input: [8, 8, 3],
    classes: 5,
    features: [convolution('stem', [3, 4]), { kind: 'relu' }, convolution('body.conv', [4, 4])],
    classifier: [
      { kind: 'relu' },
      { kind: 'flatten' },
      { kind: 'dense', name: 'body', in: 256, out: 6, bias: true },
      { kind: 'dense', name: 'features.1', in: 6, out: 5, bias: true },
    ],
  },
};

export const exported: Readonly<Record<string, ModelDescription>> = {
  ...whole,
  ...heads,
  ...forms,
  ...others,
};

function foldedHead(classifier: readonly Layer[]): readonly Layer[] {
  const [, flatten, dense, ...rest] = classifier as [Layer, Layer, Named, ...Layer[]];
  if (dense.kind !== 'dense') throw new Error(dense.kind);
  return [flatten, { ...dense, in: dense.in / small.pool ** 2 }, ...rest];
}

export const COUNT = 3;

/** Images for a network, and its outputs for them by our own forward pass. */
export async function computed(model: Network) {
  const { input } = model.description;
  const random = randomStream(3, 'images');
  const images = Float32Array.from({ length: COUNT * sizeOf(input) }, random.normal);
  return {
    images: channelsFirst(images, input),
    expected: await logits(model, images, COUNT),
  };
}

/** From [image, height, width, channels] to [image, channels, height, width]. */
function channelsFirst(images: Float32Array, [height, width, channels]: readonly number[]) {
  const positions = height! * width!;
  return images.map((_, index) => {
    const image = Math.floor(index / (channels! * positions));
    const [channel, position] = [Math.floor(index / positions) % channels!, index % positions];
    return images[(image * positions + position) * channels! + channel]!;
  });
}

/** The largest difference, relative to the largest expected output. */
export function difference(found: ArrayLike<number>, expected: Float32Array): number {
  if (found.length !== expected.length) throw new Error(`${found.length} outputs`);
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return Math.max(...expected.map((value, i) => Math.abs(found[i]! - value) / largest));
}
